// The report as Markdown.

const digits = (value, places = 2) => value.toFixed(places);
const count = (value) => Math.round(value).toLocaleString('en');

function ratio({ ratio: middle, low, high, verdict }) {
  if (verdict === 'the first') return '1';
  const text = `${digits(middle)} (${digits(low)} to ${digits(high)})`;
  return verdict === 'within the noise' ? `${text}, within the noise` : `**${text}**`;
}

function table({ servers }) {
  const rows = servers.map(
    (server) =>
      `| ${server.name} | ${digits(server.cpu)} | ${ratio(server)} | ${count(server.perSecond)} | ${digits(server.p50)} | ${digits(server.p99)} | ${count(server.memory)} |${server.failed > 0 ? ` ${server.failed} failed` : ''}`,
  );
  return [
    '| | CPU, µs a request | ratio to the first | requests a second | p50, ms | p99, ms | resident, MiB |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

function section({ name, title, result }) {
  const missing = result.missing.length > 0 ? `\n\nNot on this machine: ${result.missing.join(', ')}.` : '';
  const { ratio: middle, low, high } = result.none;
  return `## ${title}\n\n${table(result)}\n\nThe first server against itself: ${digits(middle)} (${digits(low)} to ${digits(high)}).${missing}\n\n![${title}](${name}.svg)\n`;
}

function curveSection({ name, title, unit, points }) {
  const names = points[0].result.servers.map((server) => server.name);
  const rows = points.map(
    ({ at, result }) =>
      `| ${at} | ${result.servers.map((server) => `${digits(server.cpu)}${server.verdict === 'the first' ? '' : `, ${ratio(server)}`}`).join(' | ')} |`,
  );
  const head = `| ${unit} | ${names.join(' | ')} |\n|---|${'---|'.repeat(names.length)}`;
  return `## ${title}\n\nCPU time in µs a request, and the ratio to the first.\n\n${head}\n${rows.join('\n')}\n\n![${title}](${name}.svg)\n`;
}

export function report({ machine, works, curves, options }) {
  return (
    `# Benchmarks

Made by \`${options.command}\` on ${machine.date}: ${machine.cores} × ${machine.model}, Node ${machine.node}, ${machine.system}.

What is compared is the CPU time that a server, with all its processes, spends on a request. The servers of a table were started
${options.processes} times, and took ${options.rounds} turns of ${options.seconds} s each time, there and back, on one core, the load on another. A ratio is
the median of the pairs, behind it the interval of 95 %. A difference is in **bold** only where it is larger than the noise: where
the interval is without 1, and further from 1 than the first server was from itself. Requests a second and times are those of the load's one
process, which is slower than most servers here.

${works.map(section).join('\n')}
${curves.map(curveSection).join('\n')}`.trimEnd() + '\n'
  );
}

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { freePort } from '../../packages/cli/test/command.ts';

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const FOLDER = 'examples/kubernetes';

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels?: Record<string, string> };
  [key: string]: unknown;
}

function manifestsIn(folder: string): Map<string, Manifest> {
  const files = readdirSync(root(folder)).filter((file) => file.endsWith('.yaml') && file !== 'kustomization.yaml');
  return new Map(files.map((file) => [`${folder}/${file}`, read(`${folder}/${file}`)]));
}

function read<Kind = Manifest>(file: string): Kind {
  const [document, ...others] = parseAllDocuments(readFileSync(root(file), 'utf8'), { uniqueKeys: true });
  expect([document?.errors, others]).toEqual([[], []]);
  return document?.toJS() as Kind;
}

const manifests = new Map([...manifestsIn(FOLDER), ...manifestsIn(`${FOLDER}/monitoring`)]);

/** The package that carries what Kubernetes, or the Prometheus operator, publishes of a kind: schema and types. */
function modelsOf({ apiVersion }: Manifest): string {
  const models = apiVersion.startsWith('monitoring.coreos.com/')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  return `${models}/${apiVersion}`;
}

/** What the published schema says against it: `undefined` for nothing. Members that it does not know are none of its business. */
async function schemaFault(manifest: Manifest): Promise<string | undefined> {
  const models: Record<string, new (data: object) => { validate(): void }> = await import(modelsOf(manifest));
  const Model = models[manifest.kind];
  if (Model === undefined) return `there is no ${manifest.apiVersion} ${manifest.kind}`;
  try {
    new Model(manifest).validate();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What the published types say against it: members that there are not, too. */
function typeFaults(all: readonly Manifest[]): string {
  // Below the packages that it imports.
  const folder = mkdtempSync(root('node_modules/.kubernetes-'));
  try {
    for (const [index, manifest] of all.entries()) {
      const name = `I${manifest.kind}`;
      const text = `import type { ${name} } from '${modelsOf(manifest)}';\nexport const manifest = ${JSON.stringify(manifest, undefined, 1)} satisfies ${name};\n`;
      writeFileSync(join(folder, `${index}.ts`), text);
    }
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'];
    const files = all.map((_, index) => join(folder, `${index}.ts`));
    const args = [root('node_modules/typescript/bin/tsc'), '--ignoreConfig', ...options, '--types', '', ...files];
    const { stdout, stderr, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return `${error?.message ?? ''}${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Container {
  args: string[];
  ports: { name: string; containerPort: number }[];
  startupProbe: Probe;
  readinessProbe: Probe;
  livenessProbe: Probe;
  lifecycle: { preStop: { sleep: { seconds: number } } };
}

interface Probe {
  httpGet: { path: string; port: string };
}

interface Deployment extends Manifest {
  spec: {
    selector: { matchLabels: Record<string, string> };
    template: {
      metadata: { labels: Record<string, string> };
      spec: { terminationGracePeriodSeconds: number; containers: [Container] };
    };
  };
}

const deployment = read<Deployment>(`${FOLDER}/deployment.yaml`);
const pod = deployment.spec.template.spec;
const [container] = pod.containers;

function flag(name: string): string {
  const found = container.args.find((arg) => arg.startsWith(`--${name}=`));
  return found?.slice(name.length + 3) ?? '';
}

function portNamed(name: string): number {
  return container.ports.find((port) => port.name === name)?.containerPort ?? 0;
}

describe('the manifests of examples/kubernetes', () => {
  it.each([...manifests.keys()])('%s is what the published schema says', async (file) => {
    expect(await schemaFault(manifests.get(file) ?? deployment)).toBeUndefined();
  });

  it('have no member that there is not, and a fault of each kind is found', async () => {
    expect(typeFaults([...manifests.values()])).toBe('');
    const text = JSON.stringify(deployment);
    const misspelt: Manifest = JSON.parse(text.replace('readOnlyRootFilesystem', 'readOnlyRootFileSystem'));
    expect(typeFaults([misspelt])).toMatch(/'"readOnlyRootFileSystem"' does not exist/);
    const wrong: Manifest = JSON.parse(
      text.replace('"terminationGracePeriodSeconds":', '"terminationGracePeriodSeconds":"x","y":'),
    );
    expect(await schemaFault(wrong)).toContain('terminationGracePeriodSeconds must be');
  }, 60_000);

  it('are all in the kustomization, but for the optional ones', () => {
    const { resources } = read<{ resources: string[] }>(`${FOLDER}/kustomization.yaml`);
    expect(resources.toSorted()).toEqual(
      [...manifestsIn(FOLDER).keys()].map((file) => file.slice(FOLDER.length + 1)).toSorted(),
    );
  });

  it('select the pods, and name their ports', () => {
    const { labels } = deployment.spec.template.metadata;
    const service = read<{ spec: { selector: object; ports: { name: string; targetPort: string }[] } }>(
      `${FOLDER}/service.yaml`,
    );
    const budget = read<{ spec: { selector: { matchLabels: object } } }>(`${FOLDER}/pod-disruption-budget.yaml`);
    const monitor = read<{ spec: { selector: { matchLabels: object }; endpoints: { port: string; path: string }[] } }>(
      `${FOLDER}/monitoring/service-monitor.yaml`,
    );
    for (const selector of [
      deployment.spec.selector.matchLabels,
      service.spec.selector,
      budget.spec.selector.matchLabels,
      monitor.spec.selector.matchLabels,
    ]) {
      expect(selector).toEqual(labels);
    }
    for (const { targetPort } of service.spec.ports) expect(portNamed(targetPort)).toBeGreaterThan(0);
    expect(monitor.spec.endpoints.map(({ port, path }) => [port, path])).toEqual([['metrics', '/metrics']]);
    expect(service.spec.ports.map(({ name }) => name)).toContain('metrics');
    expect(flag('bind')).toBe(`http://0.0.0.0:${portNamed('http')}`);
    expect(flag('metrics')).toBe(`0.0.0.0:${portNamed('metrics')}`);
    for (const { httpGet } of [container.startupProbe, container.readinessProbe, container.livenessProbe]) {
      expect(httpGet.port).toBe('metrics');
    }
  });

  it('give a pod as long to end as it may take', () => {
    const seconds = (name: string): number => Number(/^(\d+)s$/.exec(flag(name))?.[1]);
    const longest = container.lifecycle.preStop.sleep.seconds + seconds('shutdown-delay') + seconds('grace');
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(longest + 2);
  });
});

/** Answers when the file `free` is there. */
const APP = `const { existsSync } = require('node:fs');
module.exports = async (environ, startResponse) => {
  while (environ.PATH_INFO === '/held' && !existsSync('free')) await new Promise((resolve) => setTimeout(resolve, 20));
  startResponse('200 OK', [['Content-Type', 'text/plain']]);
  return [Buffer.from('whole')];
};`;

/** The container as the kubelet starts it: the image's entry point, and the manifest's arguments, on other ports. */
async function startContainer() {
  const cwd = mkdtempSync(join(tmpdir(), 'tsgi-pod-'));
  writeFileSync(join(cwd, 'app.js'), APP);
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(root('packages/cli'), join(cwd, 'node_modules/tsgi'));
  const dockerfile = readFileSync(root('examples/deploy/docker/Dockerfile'), 'utf8');
  const entry: string[] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? '[]');
  // Process 1 and its reaping are the Dockerfile's own test.
  expect(entry.splice(0, 3)).toEqual(['tini', '--', 'node']);
  const ports = { http: await freePort(), metrics: await freePort() };
  const args = container.args.map((arg) =>
    arg
      .replace(`0.0.0.0:${portNamed('http')}`, `127.0.0.1:${ports.http}`)
      .replace(`0.0.0.0:${portNamed('metrics')}`, `127.0.0.1:${ports.metrics}`),
  );
  const child = spawn(process.execPath, [...entry, ...args], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (bytes) => (stderr += String(bytes)));
  onTestFinished(() => {
    child.kill('SIGKILL');
    rmSync(cwd, { recursive: true, force: true });
  });
  const ask = async (port: 'http' | 'metrics', path: string): Promise<{ status: number; text: string }> => {
    const answer = await fetch(`http://127.0.0.1:${ports[port]}${path}`, { headers: { connection: 'close' } });
    return { status: answer.status, text: await answer.text() };
  };
  const probe = async ({ httpGet: { path } }: Probe): Promise<number> =>
    ask('metrics', path).then(
      ({ status }) => status,
      () => 0,
    );
  return { child, cwd, ask, probe, stderr: () => stderr };
}

describe('the container of examples/kubernetes', () => {
  it('is ready, says at once that it ends, and finishes what it has begun within its time', async () => {
    const { child, cwd, ask, probe, stderr } = await startContainer();
    const { startupProbe, readinessProbe, livenessProbe } = container;
    await expect.poll(() => probe(startupProbe), { timeout: 30_000, message: stderr() }).toBe(200);
    expect([await probe(readinessProbe), await probe(livenessProbe)]).toEqual([200, 200]);

    const held = ask('http', '/held');
    await expect
      .poll(async () => (await ask('metrics', '/metrics')).text, { timeout: 20_000 })
      .toMatch(/^tsgi_requests_in_flight\{wire="http"\} 1$/m);
    const ended = once(child, 'exit');
    const begun = performance.now();
    child.kill('SIGTERM');
    await expect.poll(() => probe(readinessProbe), { timeout: 3000 }).toBe(503);
    // The kubelet does not kill it for that, and who has not heard of it yet is served.
    expect(await probe(livenessProbe)).toBe(200);
    expect(await ask('http', '/')).toEqual({ status: 200, text: 'whole' });
    // Beyond the delay: requests that run are what holds it.
    await expect.poll(() => ask('http', '/').catch(() => 'refused'), { timeout: 20_000 }).toBe('refused');
    writeFileSync(join(cwd, 'free'), '');
    expect(await held).toEqual({ status: 200, text: 'whole' });
    expect(await ended).toEqual([0, null]);
    const { sleep } = container.lifecycle.preStop;
    expect((performance.now() - begun) / 1000 + sleep.seconds).toBeLessThan(pod.terminationGracePeriodSeconds);
  }, 90_000);

  it('exports the figure that the autoscaler asks for, by the name that the adapter passes on', async () => {
    const { ask, probe, stderr } = await startContainer();
    await expect.poll(() => probe(container.readinessProbe), { timeout: 30_000, message: stderr() }).toBe(200);
    const exported = (await ask('metrics', '/metrics')).text;
    const autoscaler = read<{ spec: { metrics: { pods?: { metric: { name: string } } }[] } }>(
      `${FOLDER}/horizontal-pod-autoscaler.yaml`,
    );
    const names = autoscaler.spec.metrics.flatMap(({ pods }) => pods?.metric.name ?? []);
    expect(names).toHaveLength(1);
    const adapter = read<{ data: Record<string, string> }>(`${FOLDER}/monitoring/prometheus-adapter.yaml`);
    const { rules: list }: { rules: { seriesQuery: string; name: { matches: string } }[] } = parse(
      adapter.data['config.yaml'] ?? '',
    );
    for (const name of names) {
      expect(exported).toContain(`# TYPE ${name} gauge`);
      expect(
        list.filter(
          ({ seriesQuery, name: { matches } }) => seriesQuery.startsWith(`${name}{`) && new RegExp(matches).test(name),
        ),
      ).toHaveLength(1);
    }
  }, 60_000);
});

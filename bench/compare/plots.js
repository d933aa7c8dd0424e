// The pictures of the report, as SVG, without a browser.
import { init } from 'echarts';
import { namesOf } from './report.js';

const OURS = ['#3ba272', '#7cc49f', '#1f6b49'];
const OTHERS = ['#5470c6', '#ee9d3c', '#c05b8c', '#73a0b5', '#8d7bb8', '#b0894f'];
const FONT = 'system-ui, sans-serif';

function drawn(option, height) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT },
    color: OTHERS,
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const titled = (text, subtext) => ({
  text,
  subtext,
  left: 16,
  top: 10,
  itemGap: 4,
  textStyle: { fontSize: 16, fontWeight: 600, fontFamily: FONT },
  subtextStyle: { fontSize: 13, color: '#555', fontFamily: FONT },
});

/** A bar a server: its ratio to the first, with the interval. */
function barsOf({ title, unit, result }) {
  const servers = result.servers.toReversed();
  const interval = (_, api) => {
    const [low, y] = api.coord([api.value(0), api.value(2)]);
    const [high] = api.coord([api.value(1), api.value(2)]);
    const line = (x1, y1, x2, y2) => ({
      type: 'line',
      shape: { x1, y1, x2, y2 },
      style: { stroke: '#333', lineWidth: 1.5 },
    });
    return {
      type: 'group',
      children: [line(low, y, high, y), line(low, y - 5, low, y + 5), line(high, y - 5, high, y + 5)],
    };
  };
  return drawn(
    {
      title: titled(title, `${unit}, ratio to ${result.servers[0].name} with its interval of 95 %`),
      grid: { left: 48, right: 70, top: 64, bottom: 16, containLabel: true },
      xAxis: { type: 'value', min: 0, splitLine: { lineStyle: { color: '#eee' } } },
      yAxis: {
        type: 'category',
        data: servers.map(({ name }) => name),
        axisTick: { show: false },
        axisLabel: { fontSize: 13 },
      },
      series: [
        {
          type: 'bar',
          barWidth: 18,
          data: servers.map(({ name, ratio }) => ({
            value: Number(ratio.toFixed(3)),
            itemStyle: { color: /\btsgi\b/.test(name) ? OURS[0] : OTHERS[0] },
          })),
        },
        {
          type: 'custom',
          renderItem: interval,
          data: servers.map(({ low, high }, index) => [low, high, index]),
          z: 3,
        },
        {
          // The figures stand at the end of the bar and of its interval, whichever is further.
          type: 'scatter',
          symbolSize: 0,
          data: servers.map(({ ratio, high }, index) => [Math.max(ratio, high), index]),
          label: {
            show: true,
            position: 'right',
            formatter: ({ dataIndex }) => servers[dataIndex].ratio.toFixed(2),
            color: '#333',
            fontSize: 13,
          },
        },
      ],
    },
    84 + servers.length * 38,
  );
}

/** The same colour in every curve for what is from here, and one of its own for each other. */
function colourOf(name, names) {
  const others = names.filter((each) => !/\btsgi\b/.test(each));
  const ours = names.filter((each) => /\btsgi\b/.test(each));
  if (ours.includes(name)) return OURS[ours.indexOf(name) % OURS.length];
  return OTHERS[others.indexOf(name) % OTHERS.length];
}

/** A line a server: what a request costs it as one number grows. */
function linesOf({ title, unit, axis, points }) {
  const names = namesOf(points);
  return drawn(
    {
      title: titled(title, unit),
      // Without a browser the width of a text is a guess: it wants room.
      legend: {
        top: 60,
        left: 12,
        right: 12,
        itemGap: 36,
        icon: 'roundRect',
        itemHeight: 6,
        textStyle: { fontSize: 13 },
      },
      grid: { left: 24, right: 32, top: names.length > 4 ? 134 : 98, bottom: 40, containLabel: true },
      xAxis: {
        type: 'category',
        name: axis,
        nameLocation: 'middle',
        nameGap: 28,
        data: points.map(({ at }) => at.toLocaleString('en')),
      },
      yAxis: { type: 'value', min: 0, splitLine: { lineStyle: { color: '#eee' } } },
      series: names.map((name) => ({
        name,
        type: 'line',
        symbolSize: 7,
        // A server that was not there leaves a gap.
        data: points.map(({ result }) => result.servers.find((server) => server.name === name)?.value ?? null),
        itemStyle: { color: colourOf(name, names) },
      })),
    },
    names.length > 4 ? 420 : 370,
  );
}

/** @param results by group. @returns {Map<string, string>} an SVG a work. */
export function drawAll(results) {
  const plots = new Map();
  for (const work of [...results.values()].flat()) {
    const found = work.points?.map(({ result }) => result) ?? [work.result];
    if (found.every(({ servers }) => servers.length === 0)) continue;
    plots.set(work.name, work.points === undefined ? barsOf(work) : linesOf(work));
  }
  return plots;
}

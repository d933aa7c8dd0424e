// The pictures of the report, as SVG, without a browser.
import { init } from 'echarts';

const COLOURS = ['#5470c6', '#3ba272', '#ee9d3c', '#c05b8c', '#73a0b5', '#8d7bb8', '#b0894f'];
const FONT = 'system-ui, sans-serif';

function drawn(option, height) {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT },
    color: COLOURS,
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const titled = (text) => ({ text, left: 16, top: 12, textStyle: { fontSize: 16, fontWeight: 600, fontFamily: FONT } });

/** A bar a server: its ratio to the first, with the interval. */
export function barsOf({ title, result }) {
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
      title: titled(`${title}: CPU a request, ratio to ${result.servers[0].name}`),
      grid: { left: 48, right: 70, top: 56, bottom: 16, containLabel: true },
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
            itemStyle: { color: name.startsWith('tsgi') ? COLOURS[1] : COLOURS[0] },
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
    76 + servers.length * 40,
  );
}

/** A line a server: what a request costs it as one number grows. */
export function linesOf({ title, unit, points }) {
  const names = points[0].result.servers.map(({ name }) => name);
  return drawn(
    {
      title: titled(`${title}: CPU, µs a request`),
      legend: { top: 12, right: 16, textStyle: { fontSize: 13 } },
      grid: { left: 24, right: 32, top: 64, bottom: 40, containLabel: true },
      xAxis: {
        type: 'category',
        name: unit,
        nameLocation: 'middle',
        nameGap: 28,
        data: points.map(({ at }) => String(at)),
      },
      yAxis: { type: 'value', min: 0, splitLine: { lineStyle: { color: '#eee' } } },
      series: names.map((name) => ({
        name,
        type: 'line',
        symbolSize: 7,
        data: points.map(({ result }) => Number(result.servers.find((server) => server.name === name).cpu.toFixed(2))),
      })),
    },
    360,
  );
}

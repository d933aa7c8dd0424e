// A fault over time: how long the slowest request of each half second took on each way, which host answered, and what was lost.
import { init } from 'echarts';

const FONT = 'system-ui, sans-serif';
const LANES = ['#5470c6', '#3ba272', '#8d7bb8', '#ee9d3c', '#c08a2c', '#c05b8c', '#73a0b5'];
const HOSTS = { app1: '#a8c5e8', app2: '#5b8bc9', app3: '#2f5a94' };
const STEP = 500;

/** @param result of a fault, with its records and marks; times in milliseconds. */
export function timePlot({ title, records, marks, lanes }) {
  const steps = Math.ceil(Math.max(...records.map(({ at }) => at)) / STEP) + 1;
  const series = (value) =>
    Array.from({ length: steps }, (_, step) => [(step * STEP) / 1000, value(step * STEP, step * STEP + STEP)]);
  const within = (list, from, to) => list.filter(({ at }) => at >= from && at < to);
  const answered = records.filter(({ outcome }) => outcome === '200');
  const lost = records.filter(({ outcome }) => outcome !== '200');
  const lines = marks.map(({ at, text }) => ({ xAxis: at / 1000, name: text }));

  const slowest = lanes.map(({ lane }) => {
    const own = answered.filter((record) => record.lane === lane);
    return {
      name: lane,
      type: 'line',
      symbol: 'none',
      lineStyle: { width: 1.6 },
      data: series((from, to) => {
        const took = within(own, from, to).map((record) => record.took);
        return took.length === 0 ? null : Math.round(Math.max(...took));
      }),
    };
  });
  slowest[0].markLine = {
    symbol: 'none',
    silent: true,
    lineStyle: { color: '#888', type: 'dashed' },
    label: { formatter: '{b}', color: '#555', fontSize: 11, rotate: 90, position: 'insideEndBottom' },
    data: lines,
  };
  const hosts = Object.entries(HOSTS).map(([host, colour]) => {
    const own = answered.filter((record) => record.host === host);
    return {
      name: host,
      type: 'line',
      stack: 'hosts',
      symbol: 'none',
      xAxisIndex: 1,
      yAxisIndex: 1,
      lineStyle: { width: 0 },
      itemStyle: { color: colour },
      areaStyle: { color: colour, opacity: 1 },
      data: series((from, to) => (within(own, from, to).length * 1000) / STEP),
    };
  });
  const missing = {
    name: 'lost',
    type: 'scatter',
    symbol: 'path://M0,1 L1,0 L5,4 L9,0 L10,1 L6,5 L10,9 L9,10 L5,6 L1,10 L0,9 L4,5 Z',
    symbolSize: 11,
    itemStyle: { color: '#d62728' },
    z: 5,
    data: lost.map(({ at, took }) => [Math.round(at) / 1000, Math.max(10, Math.round(took))]),
  };
  const xAxis = { type: 'value', min: 0, max: Math.ceil((steps * STEP) / 1000), splitLine: { show: false } };
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: 860, height: 560 });
  chart.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT },
    color: LANES,
    title: { text: title, left: 16, top: 12, textStyle: { fontSize: 16, fontWeight: 600, fontFamily: FONT } },
    legend: [
      {
        data: lanes.map(({ lane }) => lane),
        top: 40,
        left: 16,
        itemWidth: 14,
        textStyle: { fontSize: 10.5 },
      },
      { data: ['lost'], top: 14, right: 24, itemWidth: 12, textStyle: { fontSize: 12 } },
      { data: Object.keys(HOSTS), top: 336, right: 24, itemWidth: 16, textStyle: { fontSize: 12 } },
    ],
    grid: [
      { left: 64, right: 24, top: 108, height: 200 },
      { left: 64, right: 24, top: 372, height: 130 },
    ],
    xAxis: [
      { ...xAxis, gridIndex: 0 },
      { ...xAxis, gridIndex: 1, name: 'seconds', nameLocation: 'middle', nameGap: 26 },
    ],
    yAxis: [
      {
        type: 'log',
        gridIndex: 0,
        min: 10,
        max: 10_000,
        name: 'slowest of each half second, by when it was sent, ms',
        nameTextStyle: { align: 'left' },
        splitLine: { lineStyle: { color: '#eee' } },
      },
      {
        type: 'value',
        gridIndex: 1,
        name: 'answers a second, by the host that gave them',
        nameTextStyle: { align: 'left' },
        splitNumber: 3,
        splitLine: { lineStyle: { color: '#eee' } },
      },
    ],
    series: [...slowest, ...hosts, missing],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

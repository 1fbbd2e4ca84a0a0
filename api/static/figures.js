// Draws the figures that stand in the page; without it their tables are all there is.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const charts = [];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--asi-${name}`).trim();

  function options(drawing) {
    const muted = colour("muted");
    const lying = drawing.kind === "bar";
    const names = {
      type: "category",
      data: drawing.labels,
      inverse: lying,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: muted } },
      axisLabel: { color: muted, width: lying ? 96 : undefined, overflow: lying ? "break" : undefined, hideOverlap: !lying },
    };
    const counts = {
      type: "value",
      minInterval: 1,
      axisLabel: { color: muted, formatter: (value) => numbers.format(value), hideOverlap: true },
      splitLine: { lineStyle: { color: colour("line") } },
    };
    return {
      animation: !still.matches,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 4, right: lying ? 48 : 16, top: 12, bottom: 4, containLabel: true },
      xAxis: lying ? counts : names,
      yAxis: lying ? names : counts,
      series: drawing.series.map((one, at) => ({
        type: drawing.kind === "line" ? "line" : "bar",
        name: one.name,
        data: one.values,
        stack: drawing.kind === "stacked" ? "all" : undefined,
        connectNulls: false,
        symbolSize: 7,
        barMaxWidth: 28,
        itemStyle: { color: colour(`series-${at}`) },
        lineStyle: { color: colour(`series-${at}`), type: at ? "dashed" : "solid" },
        emphasis: { disabled: true },
        label: { show: lying, position: "right", color: muted, formatter: ({ value }) => value === null ? "" : numbers.format(value) },
      })),
    };
  }

  function tell(read, drawing, at) {
    const values = drawing.series.filter((one) => one.values[at] !== null).map((one) =>
      drawing.series.length > 1 ? `${one.name} ${numbers.format(one.values[at])}` : numbers.format(one.values[at]));
    read.textContent = [drawing.labels[at], ...values].join(" · ");
  }

  function draw(element) {
    const drawing = JSON.parse(document.getElementById(element.dataset.figure).textContent);
    const frame = element.closest(".figure__drawing");
    const read = frame.querySelector(".figure__read");
    frame.hidden = false;
    const chart = echarts.init(element, null, { renderer: "canvas" });
    chart.setOption(options(drawing));
    const look = (event) => {
      const place = [event.offsetX, event.offsetY];
      if (!chart.containPixel({ gridIndex: 0 }, place)) return;
      const found = chart.convertFromPixel({ gridIndex: 0 }, place)[drawing.kind === "bar" ? 1 : 0];
      if (found >= 0 && found < drawing.labels.length) tell(read, drawing, found);
    };
    chart.getZr().on("mousemove", look);
    chart.getZr().on("click", look);
    const table = frame.parentElement.querySelector(".figure__table");
    if (table) table.open = false;
    charts.push([chart, drawing]);
  }

  const again = () => charts.forEach(([chart, drawing]) => chart.setOption(options(drawing)));

  document.querySelectorAll("[data-figure]").forEach(draw);
  dark.addEventListener("change", again);
  still.addEventListener("change", again);
  addEventListener("resize", () => charts.forEach(([chart]) => chart.resize()));
})();

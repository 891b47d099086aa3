/** A Markdown table, its columns aligned so that it reads as well on a console. The first column is left-aligned, numbers are right. */
export function table(header, rows) {
  const widths = header.map((title, column) => Math.max(title.length, 3, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** Three significant digits, thousands separated. */
export function figure(value) {
  if (!Number.isFinite(value)) return '–';
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  const rounded = digits > 0 ? value.toFixed(Math.min(digits, 2)) : String(Number(value.toPrecision(3)));
  return rounded.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `median (min–max)` */
export function spread({ median, min, max }) {
  return `${figure(median)} (${figure(min)}–${figure(max)})`;
}

export function ratio(value, base) {
  return `${figure(value / base)}×`;
}

import type { Drawn, DrawnParts, DrawnState } from './drawn.ts'
import type { ShippedSeries } from './shipped-series.ts'
import { type Frame, frameOf, linePath, runsPath, scaleEnd, xmlText } from './svg.ts'

const STEP = 3
const SCALE_WIDTH = 100
const CLOSE_TOP = 22
const CLOSE_HEIGHT = 150
const LINES_HEIGHT = 90
const LANE_HEIGHT = 12
const GAP = 14

const CLOSE_COLOUR = '#333'
const LINE_COLOURS = ['#1f77b4', '#d62728', '#2ca02c', '#9467bd', '#ff7f0e', '#8c564b', '#17becf', '#bcbd22']
const DOWN_COLOURS = ['#f6b3ad', '#e57373']
const UP_COLOURS = ['#bfe3bf', '#7fc77f']
const FLAT_COLOUR = '#e8e8e8'
const STATE_COLOURS = ['#e8e8e8', '#fde0a8', '#f6b3ad', '#bcd7ee', '#bfe3bf', '#d9c6e8', '#f5d5e5', '#cfe8e5']

/** The plot of an indicator on a series as the text of an SVG: the close, below it what is on another scale. */
export function drawPlot(title: string, series: ShippedSeries, parts: DrawnParts): string {
  const { closes, dates, symbol } = series
  const { overlays, lines, states, flags } = parts
  const width = closes.length * STEP
  const body: string[] = []
  const legend: [colour: string, label: string][] = [[CLOSE_COLOUR, 'close']]
  const close = frameOf(CLOSE_TOP, CLOSE_HEIGHT, [...closes, ...overlays.flatMap(({ values }) => values)])
  let bottom = CLOSE_TOP + CLOSE_HEIGHT

  let coloured = 0
  const drawLines = (drawn: readonly Drawn[], frame: Frame): void => {
    drawn.forEach(({ label, values }) => {
      const colour = LINE_COLOURS[coloured % LINE_COLOURS.length] ?? CLOSE_COLOUR
      coloured += 1
      body.push(line(colour, linePath(values, STEP, frame)))
      legend.push([colour, label])
    })
  }

  const [main, ...otherStates] = states
  if (main !== undefined) body.push(...bands(main, CLOSE_TOP, CLOSE_HEIGHT))
  body.push(line(CLOSE_COLOUR, linePath(closes, STEP, close)), ...scale(close, width))
  drawLines(overlays, close)
  if (lines.length > 0) {
    const frame = frameOf(
      bottom + GAP,
      LINES_HEIGHT,
      lines.flatMap(({ values }) => values),
    )
    bottom = frame.top + frame.height
    body.push(`<path d="M0 ${frame.top - GAP / 2}h${width}" stroke="#ccc"/>`, ...scale(frame, width))
    drawLines(lines, frame)
  }
  for (const state of otherStates) {
    bottom += GAP
    body.push(...bands(state, bottom, LANE_HEIGHT - 2), side(width, bottom + 9, state.label))
  }
  for (const { label, values } of flags) {
    bottom += GAP
    const path = runsPath(
      values.map((value) => value === 1),
      STEP,
      bottom,
      LANE_HEIGHT - 2,
    )
    if (path !== '') body.push(`<path fill="${CLOSE_COLOUR}" d="${path}"/>`)
    body.push(`<path d="M0 ${bottom + LANE_HEIGHT - 1}h${width}" stroke="#ddd"/>`, side(width, bottom + 9, label))
  }
  const named = states.flatMap((state) => stateLegend(state))
  const legendLines = wrapLegend([...legend, ...named], width + SCALE_WIDTH)
  const height = bottom + GAP + legendLines.length * 16
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width + SCALE_WIDTH} ${height}" font-family="sans-serif" font-size="11" fill="none">`,
    `<title>${xmlText(title)}</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="2" y="14" fill="#333">${xmlText(`${symbol} 1d, ${dates[0]} to ${dates.at(-1)}`)}</text>`,
    ...body,
    ...legendLines.map((text, index) => `<text y="${bottom + GAP + 8 + index * 16}">${text}</text>`),
    '</svg>',
    '',
  ].join('\n')
}

function line(colour: string, path: string): string {
  return `<path stroke="${colour}" d="${path}"/>`
}

function scale(frame: Frame, width: number): string[] {
  const { top, height } = frame
  return [side(width, top + 9, scaleEnd('max', frame)), side(width, top + height, scaleEnd('min', frame))]
}

function side(width: number, y: number, text: string): string {
  return `<text x="${width + 4}" y="${y}" fill="#666" font-size="9">${xmlText(text)}</text>`
}

function bands(state: DrawnState, top: number, height: number): string[] {
  return codesOf(state).flatMap((code) => {
    const path = runsPath(
      state.values.map((value) => value === code),
      STEP,
      top,
      height,
    )
    return path === '' ? [] : [`<path fill="${colourOf(state, code)}" d="${path}"/>`]
  })
}

function stateLegend(state: DrawnState): [string, string][] {
  return codesOf(state).map((code) => [colourOf(state, code), `${state.label} ${state.labels[code] ?? code}`])
}

/** The codes that the series has, in order. */
function codesOf({ values }: DrawnState): readonly number[] {
  return [...new Set(values.filter((value) => !Number.isNaN(value)))].sort((a, b) => a - b)
}

/** Down is red and up is green where codes have a sign. */
function colourOf({ isSigned }: DrawnState, code: number): string {
  if (!isSigned) return STATE_COLOURS[code % STATE_COLOURS.length] ?? FLAT_COLOUR
  if (code === 0) return FLAT_COLOUR
  const colours = code < 0 ? DOWN_COLOURS : UP_COLOURS
  return colours[Math.min(Math.abs(code), colours.length) - 1] ?? FLAT_COLOUR
}

/** Lines of coloured squares with labels, as many to a line as fit by a rough width of letters. */
function wrapLegend(entries: readonly (readonly [colour: string, label: string])[], width: number): string[] {
  const lines: string[] = []
  let text = ''
  let x = 2
  for (const [colour, label] of entries) {
    const wide = 22 + label.length * 6
    if (x > 2 && x + wide > width) {
      lines.push(text)
      text = ''
      x = 2
    }
    text += `<tspan x="${x}" fill="${colour}" stroke="#999" stroke-width=".3">■</tspan><tspan dx="3" fill="#333">${xmlText(label)}</tspan>`
    x += wide
  }
  return [...lines, text]
}

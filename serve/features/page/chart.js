const SVG = 'http://www.w3.org/2000/svg'
const WIDTH = 760
const HEIGHT = 150
const LEFT = 8
const RIGHT = 70
const TOP = 8
const BOTTOM = 20

/** Makes an SVG element with attributes and children. */
function svg(name, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  element.append(...children)
  return element
}

/** A number to read: six digits, large ones with a letter. */
export function short(value) {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (Array.isArray(value)) return `[${value.length} numbers]`
  const size = Math.abs(value)
  for (const [from, letter] of [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
  ])
    if (size >= from) return `${Number((value / from).toPrecision(5))} ${letter}`
  return String(Number(value.toPrecision(6)))
}

/** Round steps that cut a span into about `count` parts. */
function ticks(low, high, count) {
  const raw = (high - low) / count
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= raw) ?? raw
  const found = []
  for (let value = Math.ceil(low / step) * step; value <= high + step / 1e6; value += step) found.push(value)
  return found
}

const toNumber = (value) => (typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : null)

/** The path of a line with gaps where there is no value; steps for states and events. */
function pathOf(values, x, y, isStep) {
  let path = ''
  let isDown = false
  values.forEach((value, at) => {
    if (value === null) {
      isDown = false
      return
    }
    const point = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`
    if (!isDown) path += `M${point}`
    else path += isStep ? `H${x(at).toFixed(1)}V${y(value).toFixed(1)}` : `L${point}`
    isDown = true
  })
  return path
}

/**
 * A chart of one series over bars that are spaced evenly. `onMove` is told the bar under the pointer, and the chart has `show(at)` to
 * put its cursor there.
 */
export function chart({ title, kind, times, values, isStep, label, onMove }) {
  const numbers = values.map(toNumber)
  const there = numbers.filter((value) => value !== null)
  const out = document.createElement('output')
  const caption = document.createElement('figcaption')
  caption.append(title, out)
  const figure = document.createElement('figure')
  figure.append(caption)
  if (there.length === 0) {
    out.textContent = 'no values in this span'
    return { figure, show() {} }
  }
  let low = Math.min(...there)
  let high = Math.max(...there)
  if (values.some((value) => typeof value === 'boolean')) [low, high] = [0, 1]
  if (low === high) [low, high] = [low - 0.5, high + 0.5]
  const pad = (high - low) * 0.06
  ;[low, high] = [low - pad, high + pad]
  const x = (at) => LEFT + (at * (WIDTH - LEFT - RIGHT)) / Math.max(1, times.length - 1)
  const y = (value) => TOP + ((high - value) * (HEIGHT - TOP - BOTTOM)) / (high - low)
  const lines = ticks(low, high, 4).map((value) => [
    svg('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
    svg('text', { x: WIDTH - RIGHT + 6, y: y(value) + 4 }, [label?.(value) ?? short(value)]),
  ])
  const dates = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = Math.round(part * (times.length - 1))
    const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle'
    const text = new Date(times[at]).toISOString().slice(0, 10)
    return svg('text', { x: x(at), y: HEIGHT - 5, 'text-anchor': anchor }, [text])
  })
  const cursor = svg('line', { class: 'cursor', y1: TOP, y2: HEIGHT - BOTTOM, visibility: 'hidden' })
  const path = svg('path', { class: `line ${kind}`, d: pathOf(numbers, x, y, isStep) })
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title }, [
    ...lines.flat(),
    ...dates,
    path,
    cursor,
  ])
  picture.addEventListener('pointermove', (event) => {
    const box = picture.getBoundingClientRect()
    const part = (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT)
    onMove(Math.max(0, Math.min(times.length - 1, Math.round(part * (times.length - 1)))))
  })
  figure.append(picture)
  return {
    figure,
    show(at) {
      cursor.setAttribute('x1', String(x(at)))
      cursor.setAttribute('x2', String(x(at)))
      cursor.setAttribute('visibility', 'visible')
      const value = values[at] ?? null
      const text = value !== null && label ? `${label(toNumber(value)) ?? ''} (${short(value)})` : short(value)
      out.textContent = `${new Date(times[at]).toISOString().replace(/:00\.000Z$/, 'Z')}  ${text}`
    },
  }
}

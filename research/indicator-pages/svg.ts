/** Vertical places in tenths of a pixel: whole numbers, so that the text of a path is the same wherever it is made. */
type Tenths = number

/** A part of a drawing: the values from `min` to `max` go from its bottom to its top. Pixels. */
export type Frame = {
  readonly top: number
  readonly height: number
  readonly min: number
  readonly max: number
}

/** A frame that holds all values; around a single value it leaves room, and without any it goes from 0 to 1. */
export function frameOf(top: number, height: number, values: readonly number[]): Frame {
  const known = values.filter((value) => !Number.isNaN(value))
  if (known.length === 0) return { top, height, min: 0, max: 1 }
  const min = known.reduce((least, value) => Math.min(least, value))
  const max = known.reduce((most, value) => Math.max(most, value))
  if (min < max) return { top, height, min, max }
  const room = Math.abs(min) / 10 || 1
  return { top, height, min: min - room, max: max + room }
}

/** The `d` of a line through values `step` pixels apart, interrupted where one is NaN. */
export function linePath(values: readonly number[], step: number, frame: Frame): string {
  let path = ''
  let previous: Tenths | undefined
  values.forEach((value, index) => {
    if (Number.isNaN(value)) {
      previous = undefined
      return
    }
    const y = placeOf(value, frame)
    path += previous === undefined ? `M${index * step} ${decimal(y)}l` : relative(step, y - previous)
    previous = y
  })
  // A single point without a neighbour leaves a line command without coordinates.
  return path.replaceAll(/l(?=M|$)/g, 'h1')
}

/** The `d` of boxes of equal height over the bars where `isOn` holds; one box for each run of them. */
export function runsPath(isOn: readonly boolean[], step: number, top: number, height: number): string {
  let path = ''
  for (let start = 0; start < isOn.length; start += 1) {
    if (!isOn[start]) continue
    let end = start
    while (isOn[end]) end += 1
    const width = (end - start) * step
    path += `M${start * step} ${top}h${width}v${height}h-${width}z`
    start = end
  }
  return path
}

/** Text that XML takes as it is meant. */
export function xmlText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** An end of a frame's scale with four digits; what is rounding noise beside the other end is 0. */
export function scaleEnd(end: 'min' | 'max', frame: Frame): string {
  const value = frame[end]
  return Math.abs(value) < 1e-12 * (frame.max - frame.min) ? '0' : String(Number(value.toPrecision(4)))
}

function placeOf(value: number, { top, height, min, max }: Frame): Tenths {
  const inside = Math.min(max, Math.max(min, value))
  return Math.round(10 * (top + height * (1 - (inside - min) / (max - min))))
}

function relative(step: number, tenths: Tenths): string {
  const dy = decimal(tenths)
  return `${step}${dy.startsWith('-') ? '' : ' '}${dy} `
}

/** As few characters as tell it: `.3`, `-1.2`, `4`. */
function decimal(tenths: Tenths): string {
  return String(tenths / 10).replace(/^(-?)0\./, '$1.')
}

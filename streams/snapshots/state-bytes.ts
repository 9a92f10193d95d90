import { deserialize, serialize } from 'node:v8'

/** Names the form of the bytes in a manifest: framed values as V8 serializes them. Another form is another name. */
export const STATE_FORM = 'v8-frames-1'

const lengthBytes = 4

/** A part of the state: a value of its own, or an item of the list that stands under a name. */
type Frame = readonly [name: string, kind: 'value' | 'list' | 'item', value?: unknown]

/** The state of a processor as it gives it out. */
export type State = Readonly<Record<string, unknown>>

/**
 * The bytes of a state, a part at a time: what stands under each name, lists item by item, so that a large state can be encoded little
 * by little. V8 copies typed arrays bit by bit and keeps Maps, `undefined`, NaN, -0 and the infinities as they are; it reads what
 * older versions of it wrote.
 */
export function* encodeState(state: State): Generator<Buffer> {
  for (const [name, part] of Object.entries(state)) {
    if (!Array.isArray(part)) yield* framed([name, 'value', part])
    else {
      yield* framed([name, 'list'])
      for (const item of part) yield* framed([name, 'item', item])
    }
  }
}

function* framed(frame: Frame): Generator<Buffer> {
  const bytes = serialize(frame)
  const length = Buffer.alloc(lengthBytes)
  length.writeUInt32LE(bytes.length)
  yield length
  yield bytes
}

/** The state of these bytes, sharing no memory with them. Throws on bytes that {@link encodeState} does not write. */
export function decodeState(bytes: Buffer): State {
  const state: Record<string, unknown> = {}
  let at = 0
  while (at < bytes.length) {
    const start = at + lengthBytes
    at = start + bytes.readUInt32LE(at)
    if (at > bytes.length) throw new RangeError(`A part of ${at - start} bytes is cut short`)
    // A copy: arrays that V8 finds aligned are views of what it reads, and would keep all of it alive.
    const [name, kind, value] = deserialize(Buffer.from(bytes.subarray(start, at))) as Frame
    if (kind === 'item') listOf(state, name).push(value)
    else state[name] = kind === 'list' ? [] : value
  }
  return state
}

function listOf(state: Readonly<Record<string, unknown>>, name: string): unknown[] {
  const list = state[name]
  if (!Array.isArray(list)) throw new RangeError(`An item of ${name} comes before its list`)
  return list
}

/** Cuts a stream of bytes into pieces of one size, the last one being what is left. */
export function* cutPieces(stream: Iterable<Buffer>, pieceBytes: number): Generator<Buffer> {
  let waiting: Buffer[] = []
  let size = 0
  for (const bytes of stream) {
    let rest = bytes
    while (size + rest.length >= pieceBytes) {
      const taken = pieceBytes - size
      yield Buffer.concat([...waiting, rest.subarray(0, taken)], pieceBytes)
      waiting = []
      size = 0
      rest = rest.subarray(taken)
    }
    if (rest.length === 0) continue
    waiting.push(rest)
    size += rest.length
  }
  if (size > 0) yield Buffer.concat(waiting, size)
}

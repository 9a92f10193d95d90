import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { cutPieces, decodeState, encodeState } from '../../../streams/snapshots/state-bytes.ts'

const doubles = fc.float64Array({ maxLength: 40 })
const odd = fc.constantFrom(
  Number.NaN,
  -0,
  0,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  undefined,
  null,
)
const value = fc.oneof(doubles, odd, fc.string(), fc.double(), fc.boolean())
const map = fc.array(fc.tuple(fc.string(), value)).map((entries) => new Map(entries))
const part = fc.oneof(value, map, fc.array(fc.oneof(value, map, fc.array(value))), fc.record({ a: value, b: map }))
const states = fc.dictionary(
  fc.string({ minLength: 1 }).map((name) => `n${name}`),
  part,
)

describe('the bytes of a state', () => {
  test('give the same state again, to the bit, however they are cut', () => {
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 300 }), (state, pieceBytes) => {
        const pieces = [...cutPieces(encodeState(state), pieceBytes)]
        for (const piece of pieces.slice(0, -1)) expect(piece).toHaveLength(pieceBytes)
        expect(decodeState(Buffer.concat(pieces))).toEqual(state)
      }),
    )
  })

  test('keep each bit of a double, those of a NaN and of -0 too', () => {
    const bits = new BigUint64Array([0x7ff8000000000001n, 0xfff8dead00000000n, 1n << 63n, 1n])
    const { slots } = decodeState(Buffer.concat([...encodeState({ slots: new Float64Array(bits.buffer) })]))
    expect([...new BigUint64Array((slots as Float64Array).slice().buffer)]).toEqual([...bits])
  })

  test('share no memory with what they were made of, nor with what is made of them', () => {
    const slots = Float64Array.of(1, 2)
    const bytes = Buffer.concat([...encodeState({ slots })])
    slots[0] = 9
    const state = decodeState(bytes)
    bytes.fill(0)
    expect(state.slots).toEqual(Float64Array.of(1, 2))
  })

  test('that are cut short, or no state at all, are refused', () => {
    const bytes = Buffer.concat([...encodeState({ list: [1, 'two', Float64Array.of(3)], one: new Map([['a', 1]]) })])
    for (let length = 1; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length)
      let found: unknown
      try {
        found = decodeState(cut)
      } catch (error) {
        found = error
      }
      // Cut between two parts it is a state, of fewer parts: that no part is missing is what the checksum is for.
      expect(found instanceof Error || JSON.stringify(found).length < 60).toBe(true)
    }
    expect(() => decodeState(Buffer.from('no state at all'))).toThrow()
  })
})

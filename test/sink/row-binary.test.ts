import { describe, expect, test } from '@jest/globals'
import { createRowEncoder } from '../../sink/row-binary.ts'
import { RowBuffer } from '../../sink/row-buffer.ts'
import { sampleRecord, sampleTable } from './support/sample-table.ts'

const written = (write: (buffer: RowBuffer) => void): number[] => {
  const buffer = new RowBuffer()
  write(buffer)
  return [...buffer.slice(0, buffer.length)]
}

describe('the row buffer', () => {
  test.each([
    ['0', 0, 0n],
    ['1962', Date.UTC(1962, 0, 2, 0, 0, 0, 123), BigInt(Date.UTC(1962, 0, 2, 0, 0, 0, 123))],
    ['-1', -1, -1n],
    ['2^53 - 1', Number.MAX_SAFE_INTEGER, BigInt(Number.MAX_SAFE_INTEGER)],
    ['1 - 2^53', Number.MIN_SAFE_INTEGER, BigInt(Number.MIN_SAFE_INTEGER)],
    ['-2^32', -(2 ** 32), -(2n ** 32n)],
  ])('writes the number %s as the 64-bit integer of the same value', (_, number, big) => {
    expect(written((buffer) => buffer.int64(number))).toEqual(written((buffer) => buffer.bigInt64(big)))
  })

  test.each(['', 'AAPL', 'Zürich', '日経', '😀', 'a'.repeat(31), 'a'.repeat(127), 'é'.repeat(64), 'x'.repeat(20_000)])(
    'writes text as its UTF-8 length and bytes: %#',
    (text) => {
      const bytes = Buffer.from(text)
      const length: number[] = []
      for (let rest = bytes.length; ; rest >>>= 7) {
        if (rest < 0x80) {
          length.push(rest)
          break
        }
        length.push((rest & 0x7f) | 0x80)
      }
      expect(written((buffer) => buffer.text(text))).toEqual([...length, ...bytes])
    },
  )

  test('keeps negative zero and NaN', () => {
    expect(written((buffer) => buffer.float64(-0))).toEqual([0, 0, 0, 0, 0, 0, 0, 0x80])
    const nan = new DataView(Uint8Array.from(written((buffer) => buffer.float64(Number.NaN))).buffer)
    expect(nan.getFloat64(0, true)).toBeNaN()
  })

  test('keeps what it holds when it grows', () => {
    const buffer = new RowBuffer()
    for (let index = 0; index < 100_000; index++) buffer.int32(index)
    const view = new DataView(Uint8Array.from(buffer.slice(0, buffer.length)).buffer)
    expect([view.getInt32(0, true), view.getInt32(4 * 99_999, true)]).toEqual([0, 99_999])
  })
})

describe('the row encoder', () => {
  const encoder = createRowEncoder(sampleTable(), 'live')

  test.each([
    ['an absent value that may not be', { price: undefined }, 'price: absent'],
    ['null where null may not be', { price: null }, 'price: null'],
    ['text for a number', { indicator: '1.5' }, 'indicator: "1.5", not a value of Nullable(Float64)'],
    ['a number for text', { symbol: 7 }, 'symbol: 7'],
    ['a fraction for an integer', { state: 1.5 }, 'state: 1.5'],
    ['an integer beyond 32 bits', { state: 2 ** 31 }, 'state: 2147483648'],
    ['an integer beyond 2^53', { count: 2 ** 53 }, 'count: 9007199254740992'],
    ['a year before 1900', { ts: Date.UTC(1899, 11, 31) }, 'ts: '],
    ['a year after 2299', { ts: Date.UTC(2300, 0, 1) }, 'ts: '],
    ['text for an array', { names: 'a' }, 'names: "a"'],
    ['a wrong element', { weights: [1, null] }, 'weights: null'],
    ['a wrong value in a map', { contracts: { a: 1 } }, 'contracts: 1'],
  ])('refuses %s and leaves the buffer as it was', (_, given, message) => {
    const buffer = new RowBuffer()
    expect(encoder.append(buffer, sampleRecord(1))).toBeUndefined()
    const before = buffer.length
    expect(encoder.append(buffer, sampleRecord(2, given))).toContain(message)
    expect(buffer.length).toBe(before)
  })

  test('takes an absent nullable field for null', () => {
    const [absent, isNull] = [undefined, null].map((indicator) =>
      written((buffer) => void encoder.append(buffer, sampleRecord(1, { indicator }))),
    )
    expect(absent).toEqual(isNull)
  })
})

import type { RowBuffer } from './row-buffer.ts'

/** The codec refuses longs from here on (avsc reads them wrongly), so they are none here either. */
const longLimit = 2 ** 52

/** The Avro body of a record being read. What does not fit is answered, never thrown: NaN, undefined or false. */
export class AvroSource {
  readonly #bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** Bytes behind the place that has been reached. */
  get left(): number {
    return this.#bytes.length - this.at
  }

  byte(): number | undefined {
    return this.#bytes[this.at++]
  }

  /** A zigzag number of variable length; NaN if it does not end or is too large. */
  long(): number {
    let zigzag = 0
    let weight = 1
    for (let count = 0; count < 9; count += 1) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) return Number.NaN
      zigzag += (byte & 0x7f) * weight
      if (byte < 0x80) {
        const value = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
        return Math.abs(value) < longLimit ? value : Number.NaN
      }
      weight *= 0x80
    }
    return Number.NaN
  }

  /** The next `size` bytes, if they are there. */
  bytesOf(size: number): Buffer | undefined {
    if (!(size >= 0 && size <= this.left)) return undefined
    this.at += size
    return this.#bytes.subarray(this.at - size, this.at)
  }

  /** Copies bytes of a fixed width: Avro and RowBinary write floating-point numbers alike. */
  copy(out: RowBuffer, width: number): boolean {
    if (width > this.left) return false
    out.raw(this.#bytes, this.at, this.at + width)
    this.at += width
    return true
  }

  /**
   * Copies so many neighbouring nullable numbers of a fixed width. Present ones differ only in the byte before them (2 in Avro, 0 in
   * RowBinary), so a run of them is copied at once and the bytes are put right.
   */
  nullableFixed(out: RowBuffer, count: number, width: number): boolean {
    const bytes = this.#bytes
    const stride = width + 1
    for (let rest = count; rest > 0; ) {
      const branch = bytes[this.at]
      if (branch === 0) {
        out.uint8(1)
        this.at += 1
        rest -= 1
        continue
      }
      let run = 0
      while (run < rest && bytes[this.at + run * stride] === 2) run += 1
      const end = this.at + run * stride
      if (run === 0 || end > bytes.length) return false
      out.present(bytes, this.at, run, stride)
      this.at = end
      rest -= run
    }
    return true
  }

  /** Copies so many neighbouring nullable whole numbers, which Avro writes in variable length. `write` says whether one fits. */
  nullableInts(out: RowBuffer, count: number, write: (out: RowBuffer, value: number) => boolean): boolean {
    for (let index = 0; index < count; index += 1) {
      const branch = this.#bytes[this.at++]
      if (branch === 0) {
        out.uint8(1)
        continue
      }
      if (branch !== 2) return false
      out.uint8(0)
      if (!write(out, this.long())) return false
    }
    return true
  }
}

const polynomial = 0x82f63b78
const tables = makeTables()

/** Eight tables, so that eight bytes are taken at a step ("slicing by 8", Kounavis and Berry 2005). */
function makeTables(): readonly Int32Array[] {
  const first = new Int32Array(256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    first[byte] = crc
  }
  const all = [first]
  for (let slice = 1; slice < 8; slice += 1) {
    const before = all[slice - 1] ?? first
    all.push(Int32Array.from(before, (crc) => (crc >>> 8) ^ (first[crc & 0xff] ?? 0)))
  }
  return all
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/** CRC-32C (Castagnoli) of the bytes from `from` to `to`, as a signed 32-bit number. */
export function crc32c(bytes: Buffer, from: number, to: number): number {
  let crc = -1
  let at = from
  for (; at + 8 <= to; at += 8) {
    const word =
      crc ^
      (byteAt(bytes, at) |
        (byteAt(bytes, at + 1) << 8) |
        (byteAt(bytes, at + 2) << 16) |
        (byteAt(bytes, at + 3) << 24) |
        0)
    crc =
      entry(t7, word & 0xff) ^
      entry(t6, (word >>> 8) & 0xff) ^
      entry(t5, (word >>> 16) & 0xff) ^
      entry(t4, word >>> 24) ^
      entry(t3, byteAt(bytes, at + 4)) ^
      entry(t2, byteAt(bytes, at + 5)) ^
      entry(t1, byteAt(bytes, at + 6)) ^
      entry(t0, byteAt(bytes, at + 7))
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ entry(t0, (crc ^ byteAt(bytes, at)) & 0xff)
  return ~crc
}

// Indices are in range by construction; the casts spare the check for undefined in the hottest loop.
const byteAt = (bytes: Buffer, at: number): number => bytes[at] as number
const entry = (table: Int32Array, index: number): number => table[index] as number

const slabBytes = 256 * 1024

/** Keeps rows one behind the other in large buffers, so that a row costs a copy and no allocation of its own. */
export class RowSlab {
  #slab = Buffer.allocUnsafeSlow(slabBytes)
  #length = 0

  /** A copy of the bytes. */
  keep(bytes: Uint8Array): Uint8Array {
    const size = bytes.byteLength
    if (size > slabBytes / 4) return Uint8Array.from(bytes)
    if (this.#length + size > slabBytes) {
      this.#slab = Buffer.allocUnsafeSlow(slabBytes)
      this.#length = 0
    }
    const from = this.#length
    this.#slab.set(bytes, from)
    this.#length += size
    return this.#slab.subarray(from, from + size)
  }
}

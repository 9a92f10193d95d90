/** A field of a row of indicators: where its numbers go, and how many it has. */
export type InputField = { readonly name: string; readonly at: number; readonly width: number }

/** The fields of a row of indicators that some views read. Each is read once, whatever number of features are made of it. */
export class FieldList {
  readonly #fields: InputField[] = []
  readonly #places = new Map<string, number>()
  #length = 0

  /** Index among the values read of a field's first number. `width`: how many it has, 1 unless it is a vector. */
  indexOf(name: string, width = 1): number {
    const known = this.#places.get(name)
    if (known !== undefined) return known
    const at = this.#length
    this.#fields.push({ name, at, width })
    this.#places.set(name, at)
    this.#length += width
    return at
  }

  /** The fields so far, in the order of their numbers. */
  get fields(): readonly InputField[] {
    return this.#fields
  }

  /** How many numbers are read of a row. */
  get length(): number {
    return this.#length
  }
}

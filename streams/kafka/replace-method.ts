type Method = (...args: never[]) => unknown

const ours = Symbol.for('barline.ours')

/**
 * Replaces a method of a class of kafkajs whose behaviour (2.2.4) we cannot live with; `make` is given the one that is there. Doing it
 * again changes nothing.
 */
export function replaceMethod<Theirs extends Method>(
  prototype: object,
  name: string,
  make: (theirs: Theirs) => Theirs,
): void {
  const methods = prototype as Record<string, Theirs & { [ours]?: true }>
  const theirs = methods[name]
  if (!theirs) throw new TypeError(`kafkajs has no ${name} there any more`)
  if (theirs[ours]) return
  methods[name] = Object.assign(make(theirs), { [ours]: true as const })
}

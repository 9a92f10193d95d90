import { parseArgs } from 'node:util'

/** An option of a benchmark: a number with its default, and what it means. */
export type NumberOption = { readonly default: number; readonly help: string }

/**
 * The options of the command line, all of them numbers. Prints what there is and ends the process when asked for `--help`. Throws
 * RangeError naming an option that is no number, TypeError for one that does not exist.
 */
export function readOptions<Name extends string>(
  about: string,
  options: Readonly<Record<Name, NumberOption>>,
): Record<Name, number> {
  const entries = Object.entries<NumberOption>(options)
  const texts = Object.fromEntries(
    entries.map(([name, option]) => [name, { type: 'string' as const, default: String(option.default) }]),
  )
  const { values: given } = parseArgs({ options: { ...texts, help: { type: 'boolean', default: false } } })
  const values: Readonly<Record<string, unknown>> = given
  if (values.help === true) {
    const lines = entries.map(([name, { help, default: usual }]) => `  ${`--${name} N`.padEnd(22)}${help} (${usual})`)
    process.stdout.write(`${about}\n\n${lines.join('\n')}\n`)
    process.exit(0)
  }
  const read = entries.map(([name]) => {
    const value = Number(values[name])
    if (!Number.isFinite(value) || value < 0)
      throw new RangeError(`--${name} ${values[name]} is not a number of 0 or more`)
    return [name, value]
  })
  return Object.fromEntries(read) as Record<Name, number>
}

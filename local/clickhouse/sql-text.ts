/** A ClickHouse string literal for `text`, whatever bytes it holds. */
export const quoteString = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

/** A ClickHouse identifier in back quotes. */
export const quoteIdentifier = (name: string): string => `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``

/** A bare word of a statement: where it stands, and how deep in parentheses. */
export type Word = { text: string; start: number; end: number; depth: number }

const skipped =
  /\s+|--[^\n]*|#[! ][^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^'\\]|\\[\s\S]|'')*'?|"(?:[^"\\]|\\[\s\S])*"?|`(?:[^`\\]|\\[\s\S])*`?/y
const word = /[A-Za-z_][A-Za-z0-9_]*/y

/**
 * Walks the bare words of a statement in order, passing over comments, string literals and quoted identifiers.
 * It works on a prefix too, so that data may follow the statement: stop reading when you have seen enough.
 */
export function* words(sql: string): Generator<Word> {
  let at = 0
  let depth = 0
  while (at < sql.length) {
    skipped.lastIndex = at
    if (skipped.test(sql)) {
      at = skipped.lastIndex
      continue
    }
    word.lastIndex = at
    const found = word.exec(sql)
    if (found) {
      yield { text: found[0].toUpperCase(), start: at, end: at + found[0].length, depth }
      at += found[0].length
      continue
    }
    if (sql[at] === '(') depth++
    else if (sql[at] === ')') depth--
    at++
  }
}

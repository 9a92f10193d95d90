/** A name in backticks, safe in any statement. */
export const quoteName = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&')}\``

/** A string literal. */
export const quoteText = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`

/** `database`.`table`. */
export const quoteTable = (table: { readonly database: string; readonly name: string }): string =>
  `${quoteName(table.database)}.${quoteName(table.name)}`

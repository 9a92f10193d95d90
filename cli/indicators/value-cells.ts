import type { Column } from '../../processors/indicators/column.ts'

/** An output of a row: where its numbers are in the row of values. */
type Output = { readonly name: string; readonly first: number; readonly width: number | undefined }

/** Names the outputs of some indicators and writes their values as cells of a CSV. */
export interface ValueCells {
  /** `<indicator_id>.<output>`, each once. */
  readonly names: readonly string[]
  /** The cells of a row of values, joined by commas. */
  join(values: Float64Array): string
}

/**
 * The outputs whose indicator is among `ids`, in the order of `columns`. A cell is empty where the value is not available, and else has the
 * digits that tell the number from its neighbours, so that it reads back as the same bits; a vector is one cell with a JSON
 * array in single precision.
 */
export function createValueCells(columns: readonly Column[], ids: ReadonlySet<string>): ValueCells {
  const outputs = columns.flatMap(({ indicatorId, name, component }, first): readonly Output[] => {
    if (!ids.has(indicatorId) || (component ?? 0) > 0) return []
    if (component === undefined) return [{ name, first, width: undefined }]
    return [{ name, first, width: columns.filter((other) => other.name === name).length }]
  })
  return {
    names: outputs.map(({ name }) => name),
    join(values) {
      let text = ''
      for (const { first, width } of outputs) {
        text += ','
        if (width !== undefined) text += vectorCell(values.subarray(first, first + width))
        else {
          const value = values[first] ?? Number.NaN
          if (!Number.isNaN(value)) text += value
        }
      }
      return text.slice(1)
    },
  }
}

function vectorCell(numbers: Float64Array): string {
  if (numbers.some(Number.isNaN)) return ''
  return `"[${[...numbers].map(Math.fround).join(',')}]"`
}

/** Text as a cell of a CSV: in quotes where it holds a comma, a quote or a line break. */
export function textCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

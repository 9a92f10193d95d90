/** Public name of an output column: `<indicator_id>.<output>`. */
export function columnName(indicatorId: string, output: string): string {
  return `${indicatorId}.${output}`
}

/** Field of an output in Avro and ClickHouse, where a dot is not allowed: `<indicator_id>__<output>`. */
export function fieldName(indicatorId: string, output: string): string {
  return `${indicatorId}__${output}`
}

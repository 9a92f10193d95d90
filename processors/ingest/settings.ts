/** What ingest is set up with. */
export type IngestSettings = {
  /** How long after its close a bar may still come, the grace of the barrier grid; milliseconds. */
  readonly graceMs: number
  /** Whether the source of a symbol reports volume: of these, a bar whose price moved without volume is refused. */
  readonly reportsVolume: (symbol: string) => boolean
}

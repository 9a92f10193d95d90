/** What makes two records of a table speak of the same thing, in the order that rows are sorted by. */
export type NaturalKey = {
  readonly fields: readonly string[]
  /**
   * The same record is on every partition of its topic, and the views read partition 0: all records, or those of the symbol `*`.
   */
  readonly marketWide?: boolean | 'symbol-*'
}

const series: NaturalKey = { fields: ['symbol', 'timeframe', 'ts'] }

const byRecord: Readonly<Record<string, NaturalKey>> = {
  'barline.market.Bar': { fields: ['symbol', 'timeframe', 'ts_close'] },
  'barline.market.CorporateEvent': { fields: ['symbol', 'event_type', 'effective_at'], marketWide: 'symbol-*' },
  'barline.market.Fundamental': { fields: ['symbol', 'item', 'period_end'] },
  'barline.market.MacroObservation': { fields: ['series', 'period_end'], marketWide: true },
  'barline.market.PortfolioPosition': { fields: ['symbol', 'portfolio', 'effective_at'], marketWide: true },
  'barline.market.Quote': { fields: ['symbol', 'effective_at'] },
  'barline.tape.TapeEvent': { fields: ['symbol', 'event_type', 'ts'], marketWide: 'symbol-*' },
  'barline.tape.TapeFundamental': { fields: ['symbol', 'item', 'period_end'] },
  'barline.tape.TapeMacro': { fields: ['series', 'period_end'], marketWide: true },
  'barline.tape.TapePosition': { fields: ['symbol', 'portfolio', 'ts'], marketWide: true },
  'barline.tape.TapeQuote': { fields: ['symbol', 'ts'] },
  'barline.state.MarketState': { fields: ['timeframe', 'ts'], marketWide: true },
  'barline.scores.RawScore': { fields: [...series.fields, 'model_id', 'model_version'] },
  'barline.scores.Score': { fields: [...series.fields, 'blend_id', 'blend_version'] },
  'barline.runs.Run': { fields: ['symbol'] },
  'barline.DeadLetter': { fields: ['processor', 'source_topic', 'source_partition', 'source_offset'] },
}

/** The natural key of a record. One that is not listed is a row of a series: symbol, timeframe, ts. */
export const naturalKeyOf = (recordName: string): NaturalKey => byRecord[recordName] ?? series

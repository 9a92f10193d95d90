/** Columns that every table of an export has first. */
export const keyColumns = ['symbol', 'timeframe', 'ts', 'known_at'] as const

/** Columns of the bars in an export. `ts_open` is when a label that enters at the bar begins; the trainer accepts no row known after it. */
export const barColumns = [...keyColumns, 'ts_open', 'open', 'high', 'low', 'close', 'volume', 'split_factor'] as const

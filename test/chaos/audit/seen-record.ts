/**
 * A data record as the audit sees it. `identity`: what it speaks of (record, key, timeframe, times), the same in each run;
 * `digest`: a hash over all its bytes that are to be the same.
 */
export type SeenRecord = { readonly offset: number; readonly identity: string; readonly digest: string }

/** Records of a topic by partition, in the order of the log. */
export type SeenTopic = readonly (readonly SeenRecord[])[]

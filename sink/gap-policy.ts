/** What the sink does at its start about records that it has passed and that are not in ClickHouse: name them and stop, or store them. */
export const gapPolicies = ['stop', 'fill'] as const

/** One of {@link gapPolicies}. */
export type GapPolicy = (typeof gapPolicies)[number]

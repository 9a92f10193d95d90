import { createEngine } from '../../../processors/engine/engine.ts'
import type { InputRecord } from '../../../processors/processor.ts'
import { appliedAll, type Emission } from '../ingest/driver.ts'
import { DAY, START, testOptions } from './fold-cases.ts'

/** An engine over the test's own indicators. */
export const engine = () => createEngine(testOptions)

/** The values of the records among emissions. */
export const valuesOf = (emissions: readonly Emission[]) =>
  emissions.flatMap((emission) => (emission.kind === 'record' ? [emission.output.value] : []))

/** The rows that an engine makes of records. */
export const rowsOf = (records: readonly InputRecord[]) => valuesOf(appliedAll(engine(), records))

/** The close of a day, the first being 1. */
export const day = (count: number) => START + count * DAY

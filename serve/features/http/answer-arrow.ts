import type { DataType as ArrowType, Vector } from 'apache-arrow'
import type { AnswerRow, FeaturesAnswer } from '../answer.ts'
import type { PackSelection } from '../pack-selection.ts'
import { isVector } from '../served-row.ts'
import { ZONE_TYPES, type Zone } from '../zone-list.ts'

/**
 * The answer as an Arrow stream, one row for each symbol: status, age_ms, age_bars and is_final beside the columns that a history has
 * (`arrowColumns`). A symbol without values has nulls, and empty lists.
 */
export async function featuresArrow(answer: FeaturesAnswer, selection: PackSelection): Promise<Uint8Array> {
  // Loaded by the first answer that needs it: most processes never send Arrow.
  const arrow = await import('apache-arrow')
  const { Bool, Field, Float32, Float64, Int32, Int64, Int8, List, TimestampMillisecond, Utf8, vectorFromArray } = arrow
  const time = () => new TimestampMillisecond('UTC')
  const rows = answer.symbols.map((each) => (each.status === 'ok' ? each.row : undefined))
  const columns: Record<string, Vector> = {
    status: vectorFromArray(
      answer.symbols.map(({ status }) => status),
      new Utf8(),
    ),
    symbol: vectorFromArray(
      answer.symbols.map((each) => (each.status === 'ok' ? each.row.symbol : each.symbol)),
      new Utf8(),
    ),
    ts: vectorFromArray(
      answer.symbols.map((each) => timesOf(each)?.ts ?? null),
      time(),
    ),
    known_at: vectorFromArray(
      answer.symbols.map((each) => timesOf(each)?.known_at ?? null),
      time(),
    ),
    age_ms: vectorFromArray(
      answer.symbols.map((each) => ('age' in each ? each.age.age_ms : null)),
      new Float64(),
    ),
    age_bars: vectorFromArray(
      answer.symbols.map((each) => ('age' in each ? each.age.age_bars : null)),
      new Int32(),
    ),
    is_final: vectorFromArray(
      answer.symbols.map((each) => ('age' in each ? each.age.is_final : each.is_final)),
      new Bool(),
    ),
    fill_rate: vectorFromArray(
      rows.map((row) => row?.quality.fill_rate ?? null),
      new Float32(),
    ),
    measured_rate: vectorFromArray(
      rows.map((row) => row?.quality.measured_rate ?? null),
      new Float32(),
    ),
    staleness_bars: vectorFromArray(
      rows.map((row) => row?.quality.staleness_bars ?? null),
      new Int32(),
    ),
  }
  for (const pack of Object.keys(selection.contracts)) {
    columns[`imputed_${pack}`] = vectorFromArray(
      rows.map((row) => row && maskHex(row, pack, selection)).map((hex) => hex ?? ''),
      new Utf8(),
    )
  }
  for (const [at, feature] of selection.features.entries()) {
    const values = rows.map((row) => row?.values[at] ?? null)
    if (isVector(feature)) {
      const type = new List(new Field('item', new Float32(), true))
      columns[feature.id] = vectorFromArray(
        values.map((value) => (Array.isArray(value) ? value : [])),
        type,
      )
    } else if (feature.dtype === 'bool') columns[feature.id] = vectorFromArray(values, new Bool())
    else columns[feature.id] = vectorFromArray(values, feature.dtype === 'float32' ? new Float32() : new Int8())
  }
  if (selection.hasZones) {
    const lists = (of: (zone: Zone) => number | bigint, type: ArrowType) =>
      vectorFromArray(
        rows.map((row) => (row?.zones ?? []).map(of)),
        new List(new Field('item', type, true)),
      )
    columns.zone_id = lists(({ id }) => BigInt(id), new Int64())
    columns.zone_type = lists(({ type }) => ZONE_TYPES.indexOf(type) - 1, new Int32())
    columns.zone_low = lists(({ low }) => low, new Float64())
    columns.zone_high = lists(({ high }) => high, new Float64())
    columns.zone_strength = lists(({ strength }) => strength, new Float32())
    columns.zone_touches = lists(({ touches }) => touches, new Int32())
    columns.zone_first_touch = lists((zone) => zone.first_touch, time())
    columns.zone_last_touch = lists((zone) => zone.last_touch, time())
  }
  return arrow.tableToIPC(new arrow.Table(columns), 'stream')
}

const timesOf = (each: FeaturesAnswer['symbols'][number]) =>
  each.status === 'ok' ? each.row : each.status === 'stale' ? each : undefined

/** Hex of the bits of a pack, by ordinal, as long as its highest ordinal needs. */
function maskHex(row: AnswerRow, pack: string, { view }: PackSelection): string {
  const features = view.packs.find(({ id }) => id === pack)?.features ?? []
  const mask = Buffer.alloc(((features.at(-1)?.ordinal ?? -1) >> 3) + 1)
  const imputed = new Set(row.imputed)
  for (const { id, ordinal } of features) {
    if (imputed.has(id)) mask[ordinal >> 3] = (mask[ordinal >> 3] ?? 0) | (1 << (ordinal & 7))
  }
  return mask.toString('hex').toUpperCase()
}

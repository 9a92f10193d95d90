import { chart, short } from '/features/chart.js'

const REFRESH_MS = 5_000
const DAY_MS = 86_400_000
/** Days shown, by the button that asks for them. */
const SPANS = { '3 months': 92, '1 year': 366, '3 years': 1_097, all: 40_000 }

const byId = (id) => document.getElementById(id)
const memory = new URLSearchParams(location.hash.slice(1))
const state = {
  packs: undefined,
  horizon: memory.get('timeframe'),
  pack: memory.get('pack') ?? 'core_v1',
  symbol: memory.get('symbol'),
  feature: memory.get('feature'),
  span: memory.get('span') ?? '1 year',
  asOf: memory.get('as_of') ?? '',
  symbols: [],
  knownUntil: undefined,
  /** Close of the row that is shown: charts end there, since the data of a symbol may end before that of others. */
  shownTs: undefined,
  /** Whether the chosen feature has been brought into view. */
  isShown: false,
}

async function ask(path, query = {}) {
  const filled = Object.entries(query).filter(([, value]) => value !== '' && value !== undefined && value !== null)
  const response = await fetch(`${path}?${new URLSearchParams(filled)}`)
  const body = await response.json()
  if (!response.ok) throw new Error(body.error.message)
  return body
}

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (key === 'onclick') made.addEventListener('click', value)
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value)
  }
  made.append(...children)
  return made
}

function fill(select, values, chosen) {
  select.replaceChildren(...values.map((value) => element('option', { value, selected: value === chosen }, value)))
}

const view = () => state.packs.views.find((each) => each.time_horizon === state.horizon)
const time = (ms) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ').replace(/:00$/, '')

/** Every feature of the view, by id. */
function featuresOf() {
  return new Map(
    view().packs.flatMap((pack) => pack.features.map((feature) => [feature.id, { ...feature, pack: pack.id }])),
  )
}

function remember() {
  const { horizon, pack, symbol, feature, span, asOf } = state
  const entries = { timeframe: horizon, pack, symbol, feature, span, as_of: asOf }
  const filled = Object.entries(entries).filter(([, value]) => value)
  history.replaceState(null, '', `#${new URLSearchParams(filled)}`)
}

function say(problem) {
  byId('problem').hidden = problem === undefined
  byId('problem').textContent = problem ?? ''
}

function describe(entries) {
  return entries.map(([name, value, kind]) =>
    element('div', {}, element('dt', {}, name), element('dd', kind ? { class: kind } : {}, value)),
  )
}

function showRow(answer) {
  const [each] = answer.symbols
  if (each.status === 'no_row') {
    state.shownTs = undefined
    byId('row').replaceChildren(...describe([[state.symbol, 'no row was known then', 'stale']]))
    return
  }
  const { row, age } = each
  state.shownTs = row.ts
  const bars = age.age_bars
  const { quality } = row
  byId('row').replaceChildren(
    ...describe([
      ['close of the bar', `${time(row.ts)} UTC`],
      ['known at', `${time(row.known_at)} UTC`],
      ['age', bars === null ? `${age.age_ms} ms` : `${bars} ${bars === 1 ? 'bar' : 'bars'}`, bars > 1 ? 'stale' : ''],
      [
        'filled',
        quality.fill_rate === null ? '–' : `${(quality.fill_rate * 100).toFixed(1)} % of the enabled features`,
      ],
      ['oldest value', quality.staleness_bars === null ? '–' : `${quality.staleness_bars} bars`],
      ['imputed', String(row.imputed.length)],
      ['record', `${row.source.topic}[${row.source.partition}]@${row.source.offset}`],
      ['final', age.is_final ? 'yes' : 'not yet'],
    ]),
  )
}

function showValues(answer) {
  const known = featuresOf()
  const [each] = answer.symbols
  const row = each.row
  const wanted = byId('filter').value.toLowerCase()
  const lines = answer.features.flatMap((id, at) => {
    const { name, channel, enabled } = known.get(id)
    if (!`${id} ${name} ${channel}`.toLowerCase().includes(wanted)) return []
    const value = row?.values[at] ?? null
    const label = row?.states[id]?.label
    const cell = element('td', { class: value === null ? 'number null' : 'number' }, label ?? short(value))
    if (row?.imputed.includes(id))
      cell.append(element('span', { class: 'mark', title: 'filled by its missing policy' }, 'imputed'))
    const choose = element(
      'button',
      {
        type: 'button',
        title: `${name}${enabled ? '' : ' (not enabled by default)'}`,
        onclick: () => chooseFeature(id),
      },
      id,
    )
    return [
      element(
        'tr',
        { 'aria-current': id === state.feature, 'data-id': id },
        element('td', {}, choose),
        element('td', {}, channel),
        cell,
      ),
    ]
  })
  const focused = document.activeElement?.closest?.('tr')?.dataset.id
  byId('features').replaceChildren(...lines)
  if (focused) byId('features').querySelector(`tr[data-id="${focused}"] button`)?.focus()
}

function showFreshness({ lag, failure, partitions }) {
  const known = partitions.map((each) => each.known_until).filter((ms) => ms !== null)
  state.knownUntil = known.length > 0 ? Math.max(...known) : undefined
  byId('freshness').replaceChildren(
    ...describe([
      ['rows known until', known.length > 0 ? `${time(Math.min(...known))} UTC (slowest partition)` : 'nothing yet'],
      [
        'not read yet',
        failure ? `the log cannot be read: ${failure}` : `${lag ?? '…'} records`,
        failure ? 'stale' : '',
      ],
      ['symbols', String(state.symbols.length)],
    ]),
  )
}

async function showChart() {
  const feature = featuresOf().get(state.feature)
  if (!feature) return
  byId('name').textContent = feature.name
  const { id, unit, computed_on: on, dtype, pack, codes } = feature
  byId('about').textContent = [id, pack, dtype, unit, on === state.horizon ? '' : `computed on ${on}`]
    .filter(Boolean)
    .join(' · ')
  const newest = state.shownTs ?? state.knownUntil ?? Date.now()
  const to = state.asOf === '' ? newest + 1 : Date.parse(state.asOf) + 1
  const from = Math.max(0, to - SPANS[state.span] * DAY_MS)
  const { symbol, horizon, pack: packId } = state
  const query = { symbol, feature: id, from, to, pack_id: packId, time_horizon: horizon }
  const series = await ask('/v1/series', query)
  if (state.feature !== id) return
  const times = series.points.map(({ ts }) => ts)
  if (times.length === 0) {
    byId('charts').replaceChildren(element('p', { class: 'hint' }, 'There are no rows in this span.'))
    return
  }
  const isStep = ['state', 'event'].includes(feature.channel)
  const label = codes ? (value) => (Number.isInteger(value) ? codes[String(value)] : '') : undefined
  const onMove = (at) => {
    for (const each of charts) each.show(at)
  }
  const common = { times, onMove }
  const charts = [
    chart({
      ...common,
      title: `${symbol} close, as traded`,
      kind: 'price',
      values: series.points.map((each) => each.close),
    }),
    chart({
      ...common,
      title: `indicator ${series.indicator}`,
      kind: 'indicator',
      values: series.points.map((each) => each.indicator),
      isStep: isStep && series.points.every((each) => Number.isInteger(each.indicator ?? 0)),
    }),
    chart({
      ...common,
      title: `feature ${id}`,
      kind: 'feature',
      values: series.points.map((each) => each.value),
      isStep,
      label,
    }),
  ]
  byId('charts').replaceChildren(...charts.map(({ figure }) => figure))
  onMove(times.length - 1)
}

function chooseFeature(id) {
  state.feature = id
  for (const line of byId('features').children) line.toggleAttribute('aria-current', line.dataset.id === id)
  remember()
  attempt(showChart)
}

async function showAnswer() {
  const { symbol, pack, horizon, asOf } = state
  const answer = await ask('/v1/features', { symbols: symbol, pack_id: pack, time_horizon: horizon, as_of: asOf })
  showRow(answer)
  showValues(answer)
  if (!answer.features.includes(state.feature)) chooseFeature(answer.features[0])
  if (!state.isShown) byId('features').querySelector('tr[aria-current]')?.scrollIntoView({ block: 'center' })
  state.isShown = true
}

async function showAll() {
  const { pack, horizon } = state
  const fresh = await ask('/v1/freshness', { pack_id: pack, time_horizon: horizon })
  state.symbols = fresh.symbols
  if (!state.symbols.includes(state.symbol)) state.symbol = state.symbols[0]
  fill(byId('symbol'), state.symbols, state.symbol)
  showFreshness(fresh)
  if (state.symbol === undefined) {
    byId('row').replaceChildren(...describe([['rows', 'none yet: load bars and run the workers']]))
    byId('features').replaceChildren()
    return
  }
  remember()
  await showAnswer()
}

async function refresh() {
  const { pack, horizon } = state
  const fresh = await ask('/v1/freshness', { pack_id: pack, time_horizon: horizon })
  const isNewSymbol = fresh.symbols.length !== state.symbols.length
  showFreshness(fresh)
  if (isNewSymbol) await showAll()
  else if (state.asOf === '' && state.symbol) await showAnswer()
}

/** Runs an action and shows what it throws. */
async function attempt(action) {
  try {
    await action()
    say(undefined)
  } catch (error) {
    say(error.message)
  }
}

function listen() {
  byId('choice').addEventListener('submit', (event) => event.preventDefault())
  const changed = (id, key) =>
    byId(id).addEventListener('change', ({ target }) => {
      state[key] = target.value.trim()
      attempt(async () => {
        await showAll()
        await showChart()
      })
    })
  changed('pack', 'pack')
  changed('symbol', 'symbol')
  changed('as-of', 'asOf')
  changed('view', 'horizon')
  byId('filter').addEventListener('input', () => attempt(showAnswer))
  byId('spans').replaceChildren(
    ...Object.keys(SPANS).map((span) =>
      element(
        'button',
        { type: 'button', 'aria-pressed': String(span === state.span), onclick: () => chooseSpan(span) },
        span,
      ),
    ),
  )
}

function chooseSpan(span) {
  state.span = span
  for (const button of byId('spans').children) button.setAttribute('aria-pressed', String(button.textContent === span))
  remember()
  attempt(showChart)
}

await attempt(async () => {
  state.packs = await ask('/v1/packs')
  const horizons = state.packs.views.map((each) => each.time_horizon)
  if (!horizons.includes(state.horizon)) state.horizon = horizons.includes('1d') ? '1d' : horizons[0]
  if (!state.packs.pack_ids.includes(state.pack)) state.pack = state.packs.pack_ids[0]
  if (!(state.span in SPANS)) state.span = '1 year'
  fill(byId('view'), horizons, state.horizon)
  fill(byId('pack'), state.packs.pack_ids, state.pack)
  byId('as-of').value = state.asOf
  listen()
  await showAll()
  await showChart()
})
setInterval(() => attempt(refresh), REFRESH_MS)

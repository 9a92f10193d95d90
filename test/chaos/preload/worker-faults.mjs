// Loaded into every worker of a chaos run before its own code: a clock that is wrong, and an event loop that can be blocked.
const shiftMs = Number(process.env.CHAOS_CLOCK_MS ?? 0)

if (shiftMs !== 0) {
  const RealDate = Date
  const now = () => RealDate.now() + shiftMs
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length === 0 ? [now()] : given))
    }
    static now() {
      return now()
    }
  }
}

process.on('SIGUSR2', () => {
  const blockedMs = Number(process.env.CHAOS_BLOCK_MS ?? 10_000)
  const until = performance.now() + blockedMs
  while (performance.now() < until);
  process.stdout.write(`chaos-blocked ${blockedMs} ms\n`)
})

// A worker that was asked to end and does not: what holds it is in its log.
const lingersMs = 15_000
process.once('SIGTERM', () => {
  // Before the worker listens itself, the signal ends it as it would without this.
  if (process.listenerCount('SIGTERM') === 0) process.kill(process.pid, 'SIGTERM')
  const tell = () => process.stdout.write(`chaos-lingers ${process.getActiveResourcesInfo().join(' ')}\n`)
  setTimeout(tell, lingersMs).unref()
})

import { spawn } from 'node:child_process'

/** Kills the recorded processes when this process ends without having done so, even by SIGKILL. */
export type Watchdog = { add(pid: number): void; drop(pid: number): void; close(): void }

// The end of its standard input is the one sign of the parent's death that no signal can suppress. It then lets a paused
// child go on, asks it to stop, and kills it after ten seconds.
const script = `
trap '' INT TERM HUP
pids=''
while read -r op pid; do
  kept=''
  for p in $pids; do [ "$p" = "$pid" ] || kept="$kept $p"; done
  pids=$kept
  [ "$op" = add ] && pids="$pids $pid"
done
for p in $pids; do kill -TERM $p 2>/dev/null; kill -CONT $p 2>/dev/null; done
for i in 1 2 3 4 5 6 7 8 9 10; do
  alive=''
  for p in $pids; do kill -0 $p 2>/dev/null && alive="$alive $p"; done
  [ -z "$alive" ] && exit 0
  sleep 1
done
for p in $alive; do kill -KILL $p 2>/dev/null; done
`

/** Starts the watchdog, a shell of a few hundred kilobytes. */
export function startWatchdog(): Watchdog {
  const shell = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  shell.unref()
  shell.stdin.on('error', () => {})
  return {
    add: (pid) => void shell.stdin.write(`add ${pid}\n`),
    drop: (pid) => void shell.stdin.write(`drop ${pid}\n`),
    close: () => void shell.stdin.end(),
  }
}

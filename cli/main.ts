#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander'
import { registerCommands } from './commands.ts'

const program = new Command('barline')
  .description('From market bars to indicators, features and model scores: each a deterministic fold of the log')
  .showHelpAfterError()
  .showSuggestionAfterError()

registerCommands(program, (code) => {
  process.exitCode = code
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof InvalidArgumentError) throw error
  const hasCode = typeof error === 'object' && error !== null && 'code' in error && 'retriable' in error
  // An error with a code, or about an argument (RangeError), says all there is to say; of others the stack may help.
  const isWorded = hasCode || error instanceof RangeError
  const text = error instanceof Error ? (isWorded ? error.message : (error.stack ?? error.message)) : String(error)
  process.stderr.write(`${text}\n`)
  process.exitCode = 1
}
// Sockets that a failed command left open must not keep the process.
if (process.exitCode) process.exit()

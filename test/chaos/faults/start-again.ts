import type { Part } from '../../../local/part.ts'

const attempts = 5

/** Starts a server again. On a machine that is busy with other things it may not answer in the time that the stack gives it. */
export async function startAgain(part: Part): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await part.start()
    } catch (error) {
      if (attempt === attempts) throw error
    }
  }
}

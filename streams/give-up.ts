/**
 * Closes what is of no more use. An error in that changes nothing, and must not hide the one for which it is closed: what was
 * committed is committed, and the broker ends what was not.
 */
export async function giveUp(connection: { close(): Promise<void> }): Promise<void> {
  await connection.close().catch(() => undefined)
}

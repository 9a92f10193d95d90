import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { type Calendar, parseCalendar } from './calendar-rules.ts'
import { CatalogError } from './catalog-error.ts'

import { catalogFile } from './project-root.ts'

const FOLDER = catalogFile('calendars/')

/**
 * Reads every calendar file (`*.json`) of a folder (a URL that ends in a slash; default: `catalog/calendars/`), by id.
 * Throws {@link CatalogError} as {@link parseCalendar} does, or for an id used twice, and what the file system throws.
 */
export function loadCalendars(folder: URL = FOLDER): ReadonlyMap<string, Calendar> {
  const calendars = new Map<string, Calendar>()
  for (const name of readdirSync(folder).sort()) {
    if (!name.endsWith('.json')) continue
    const file = `calendars/${basename(name)}`
    const calendar = parseCalendar(readFileSync(new URL(name, folder), 'utf8'), file)
    const other = calendars.get(calendar.id)
    if (other !== undefined) {
      const problem = `${calendar.id} is already the calendar of ${other.file}`
      throw new CatalogError('CATALOG_DUPLICATE_ID', { file, column: 'id' }, problem)
    }
    calendars.set(calendar.id, calendar)
  }
  return calendars
}

import { Option } from 'commander'
import { type Config, readConfig } from './config.ts'

/** The option that names the folder of the embedded stack. */
export const dataOption = (): Option =>
  new Option('--data <folder>', 'folder of the embedded stack (BARLINE_DATA; default .barline)')

/** The settings of the environment, with the folder that {@link dataOption} names. */
export function configWith({ data }: { data?: string }): Config {
  return readConfig(undefined, data)
}

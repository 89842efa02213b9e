/** An installed provider package. */
export interface FoundPackage {
  /** As the configuration writes it: a name, or the path of a folder. */
  specifier: string
  /** What its manifest calls it. */
  name: string
  version: string
  /** The path of its folder. */
  folder: string
  /** The file of `./provider`. */
  provider: string
  /** The file of `./emulator`, where the package has one. */
  emulator: string | undefined
}

/** The program could not be started; shells know the two cases by 127 and 126. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: 'COMMAND_NOT_FOUND' | 'COMMAND_NOT_EXECUTABLE'

  constructor(file: string, error: NodeJS.ErrnoException) {
    const missing = error.code === 'ENOENT' || file === ''
    super(
      missing
        ? `there is no program ${file === '' ? "''" : file}. Shell built-ins and aliases need a shell: sh -c '…'.`
        : `${file} cannot be run (${error.code ?? 'unknown cause'}).`,
    )
    this.code = missing ? 'COMMAND_NOT_FOUND' : 'COMMAND_NOT_EXECUTABLE'
  }
}

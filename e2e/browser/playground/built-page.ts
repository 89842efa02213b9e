import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Where the built page is; `build-once.ts` builds it. */
export const pageFolder: string = join(root, 'apps/playground/dist')

/** The address of the built page: a file, without a server. */
export const pageUrl: string = pathToFileURL(join(pageFolder, 'index.html')).href

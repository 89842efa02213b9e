import { createUtglEmulator } from '@countersign/utgl/emulator'
import { http } from 'msw'
import { setupServer } from 'msw/node'

export const emulator = createUtglEmulator()

export const server = setupServer(
  http.all('https://access.utgl.io/v1/*', ({ request }) =>
    emulator.fetch(request),
  ),
)

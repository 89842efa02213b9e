import { escapeHiddenCharacters } from '@countersign/core/provider'
import type { CarriedJwt, WireRequest } from '../../model/wire.ts'

interface SignedBytesProps {
  carried: CarriedJwt | undefined
  request: WireRequest
}

/** The bytes that are signed, and the bytes of the body when its hash is signed. */
export function SignedBytes({ carried, request }: SignedBytesProps) {
  if (carried === undefined) return null
  const [header = '', claims = ''] = carried.text.split('.')
  const hashed = Object.entries(carried.jwt.claims).find(([, value]) => value === request.bodySha256)
  return (
    <details className="more">
      <summary>The bytes that are signed</summary>
      <p className="soft">
        The first two parts and the dot between them ({header.length + claims.length + 1} bytes) are signed
        with {carried.jwt.header.alg}:
      </p>
      <p className="wire">
        <span className="header">{header}</span>.<span className="claims">{claims}</span>
      </p>
      {hashed !== undefined && (
        <>
          <p className="soft">
            <code>{hashed[0]}</code> is the SHA-256 of these {request.body.length} bytes:
          </p>
          <pre className="wire">
            {escapeHiddenCharacters(new TextDecoder().decode(request.body), { lines: true })}
          </pre>
        </>
      )}
    </details>
  )
}

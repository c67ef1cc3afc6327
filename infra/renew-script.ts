/**
 * What a machine does on AWS at the start of its program and every few minutes from then on, as root: a gateway's or worker's signs
 * a token for its own node, an engine's reads the public keys from its own tags. The program finds the token and never the key:
 * its user cannot ask the metadata service for the role's credentials, by which the key is fetched.
 */
import {
  audienceOf,
  type CredentialRole,
  credentialAlgorithm,
  credentialFiles,
  credentialRoles,
} from '../src/rpc/contract/credential.ts';
import type { Environment } from './environment.ts';
import type { Tier } from './flows.ts';

/** Of the programs inside the containers: nobody on the machine. */
export const programUser = { id: '65532', pair: '65532:65532' } as const;

const tagPrefix = 'drydock:verify-keys-';

/** Tag of an engine with the keys that may sign for a role. */
export function verifyKeysTag(role: CredentialRole): string {
  return `${tagPrefix}${role}`;
}

const tokenSeconds = 1800;
const renewMinutes = 10;
const run = '/run/drydock';

export function renewScript(environment: Environment, tier: Tier): string {
  return `set -eu
umask 077
${tier === 'engine' ? readKeys : signToken(environment, tier)}`;
}

/** Asks the metadata service. */
export const describeFunction = `metadata=http://169.254.169.254/latest
session=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' "$metadata/api/token")
describe() { curl -sf -H "X-aws-ec2-metadata-token: $session" "$metadata/meta-data/$1"; }
`;

/** A user of the machine gets no credentials of its role: the role may read what the programs' users may not. */
export function closedMetadata(userId: string): string {
  return `closed="OUTPUT -d 169.254.169.254 -m owner --uid-owner ${userId} -j REJECT"
iptables -C $closed || iptables -I $closed
`;
}

const keysFolder = `${run}/${credentialFiles.verifyKeys}`;
const readKeys = `${describeFunction}install -d -m 0755 ${keysFolder}
for role in ${credentialRoles.join(' ')}; do
  describe "tags/instance/${tagPrefix}$role" > "${keysFolder}/$role.new"
  chmod 0644 "${keysFolder}/$role.new"
  mv "${keysFolder}/$role.new" "${keysFolder}/$role"
done
`;

function signToken({ name, region }: Environment, role: 'gateway' | 'worker'): string {
  const claims = `{"sub":"%s","role":"${role}","aud":"${audienceOf(name)}","iat":%s,"exp":%s}`;
  const token = `${run}/${credentialFiles.token}`;
  const folder = token.slice(0, token.lastIndexOf('/'));
  return `work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
secret=$(echo "$DRYDOCK_CREDENTIAL" | cut -d: -f2-)
aws secretsmanager get-secret-value --region ${region} --secret-id "$secret" --query SecretString --output text > "$work/key"
encode() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
now=$(date +%s)
head=$(printf '{"alg":"${credentialAlgorithm}"}' | encode)
claims=$(printf '${claims}' "$(cat ${run}/node-id)" "$now" "$((now + ${tokenSeconds}))" | encode)
printf '%s.%s' "$head" "$claims" > "$work/signed"
openssl pkeyutl -sign -rawin -inkey "$work/key" -in "$work/signed" -out "$work/signature"
install -d -m 0700 -o ${programUser.id} -g ${programUser.id} ${folder}
printf '%s.%s.%s' "$head" "$claims" "$(encode < "$work/signature")" > ${token}.new
chown ${programUser.pair} ${token}.new
mv ${token}.new ${token}
`;
}

/** @returns the text of drydock-renew.service and of its timer. */
export function renewUnits(
  { engineTls }: Environment,
  tier: Tier,
): { readonly service: string; readonly timer: string } {
  return {
    service: `[Unit]
Description=Drydock ${tier === 'engine' ? 'verify keys' : 'credential'}

[Service]
Type=oneshot
EnvironmentFile=/etc/drydock/node.env
ExecStart=/bin/sh /etc/drydock/renew.sh
${tier === 'engine' && engineTls !== undefined ? 'ExecStart=/bin/sh /etc/drydock/proxy.sh renew\n' : ''}`,
    timer: `[Unit]
Description=Drydock ${tier === 'engine' ? 'verify keys' : 'credential'}, every ${renewMinutes} minutes

[Timer]
OnActiveSec=${renewMinutes}min
OnUnitActiveSec=${renewMinutes}min

[Install]
WantedBy=timers.target
`,
  };
}

/** What may change while the gateway runs, as it is in force now. Files of the run directory change it, all at once or not at all. */

import { DrydockError } from '../../rpc/errors.ts';
import type { RpcLogger } from '../../rpc/inference.ts';
import type { Access } from '../authentication/access.ts';
import type { Clock } from '../clock.ts';
import type { GatewayConfig } from '../config.ts';
import type { GatewayErrorCode } from '../errors.ts';
import { accessMaker } from './access-maker.ts';
import type { TlsSettings } from './listen-tls.ts';
import { type NodeSettings, readNodeSettings, type SettingFile, settingFiles } from './node-settings.ts';
import { openReloadedFiles, type ReloadedFiles } from './reloaded-files.ts';

export interface SettingsInForce extends NodeSettings {
  readonly judge: Access;
}

export interface OpenSettingsOptions {
  readonly clock: Clock;
  readonly logger: RpcLogger;
  readonly isShutOut: (callerId: string) => boolean;
}

export interface OpenSettings extends ReloadedFiles<SettingsInForce> {
  /** From now on told of other certificates, before they are in force. */
  onTls(exchange: (settings: TlsSettings) => void): void;
}

/** @throws DrydockError GATEWAY_CONFIG_INVALID, GATEWAY_KEYS_INVALID, GATEWAY_LIMITS_INVALID, GATEWAY_TLS_INVALID */
export async function openSettings(
  config: GatewayConfig,
  { clock, logger, isShutOut }: OpenSettingsOptions,
): Promise<OpenSettings> {
  const judgeOf = accessMaker({ clock, isShutOut });
  let exchange = (_settings: TlsSettings) => {};
  const files: ReloadedFiles<SettingsInForce> = await openReloadedFiles<SettingsInForce, SettingFile>({
    directory: config.runDirectory,
    names: settingFiles,
    logger,
    intervalMs: 1000,
    async read(set) {
      const settings = await readNodeSettings(config, set);
      return { ...settings, judge: judgeOf(settings) };
    },
    onChange({ tls }) {
      const before = files.current().tls;
      if (tls === undefined || before === undefined) return;
      // Whether clients are asked for certificates belongs to the listener, which cannot change it.
      if ((tls.authorities === undefined) !== (before.authorities === undefined)) throw needsRestart();
      exchange(tls);
    },
  });
  return {
    ...files,
    onTls(told) {
      exchange = told;
    },
  };
}

function needsRestart() {
  return new DrydockError<GatewayErrorCode>(
    'GATEWAY_CONFIG_INVALID',
    'could not change the policy: whether clients are asked for certificates is decided at the start; restart the gateway',
  );
}

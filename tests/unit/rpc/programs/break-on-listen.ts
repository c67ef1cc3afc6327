/** Loaded into an engine program by a test: no server of it can listen, for a reason that nobody foresaw. */
import { Server } from 'node:net';

Server.prototype.listen = () => {
  throw new RangeError('my\n    at secret (secret:1:2)');
};

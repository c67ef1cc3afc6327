/**
 * Makes a clone ready to run: locked npm packages and the system tools the simulator needs. Does nothing, fast, when
 * nothing is missing. This entry must parse on an old Node, so that it can say so: no static import, plain syntax.
 */

const nodeMajor = Number(process.versions.node.split('.')[0]);

function refuse(reason) {
  process.stderr.write(`drydock: could not set up: ${reason}\n`);
  process.exitCode = 2;
}

if (nodeMajor < 20) {
  refuse(`this is Node ${process.versions.node}; install Node 20 or newer and run this again`);
} else if (process.platform !== 'linux') {
  refuse(
    `drydock needs Linux for now and this is ${process.platform}; run it on a Linux machine or virtual machine`,
  );
} else {
  import('./setup/main.mjs').then(
    (main) => main.setUp(process.argv.slice(2)),
    (error) => refuse(`${error.message}; is the clone complete?`),
  );
}

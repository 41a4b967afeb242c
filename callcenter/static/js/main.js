// Starts what every page needs; each module stands by itself and does nothing where its elements are missing.
import * as clock from './clock.js';
import * as forms from './forms.js';
import * as keys from './keys.js';
import * as live from './live.js';
import * as phrases from './phrases.js';
import * as print from './print.js';
import * as sound from './sound.js';
import * as strips from './strips.js';

sound.start();
clock.start();
keys.start();
forms.start();
live.start();
print.start();
phrases.start();
strips.start();

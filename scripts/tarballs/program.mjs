import { serve } from '@tsgi/cgi-backend';
import conformanceApp from '@tsgi/conformance/app';

await serve(conformanceApp);

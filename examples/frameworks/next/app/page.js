import { cookies } from 'next/headers';

async function greet(form) {
  'use server';
  (await cookies()).set('name', form.get('name'));
}

export default async function Page() {
  const name = (await cookies()).get('name')?.value;
  return (
    <main>
      <h1>Hello from Next</h1>
      <form action={greet}>
        <input name="name" />
        <button>Send</button>
      </form>
      <p>{name === undefined ? '' : `Hello, ${name}!`}</p>
    </main>
  );
}

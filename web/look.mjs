// Looks at GraphiQL as a person does: opens it, gives the token, runs the first tab, and takes a picture.
//   npm run look -- http://127.0.0.1:8080/graphiql TOKEN picture.png
import { chromium } from "playwright-core";

const [url, token, picture] = process.argv.slice(2);
if (!picture) {
  console.error("usage: npm run look -- URL TOKEN PICTURE.png");
  process.exit(2);
}
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage({ viewport: { width: 1500, height: 1000 } });
const troubles = [];
page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
page.on("console", (message) => message.type() === "error" && troubles.push(`console: ${message.text()}`));
page.on("response", (answer) => answer.status() >= 400 && troubles.push(`${answer.status()}: ${answer.url()}`));
page.on("requestfailed", (request) => troubles.push(`failed: ${request.url()}`));
await page.addInitScript((text) => sessionStorage.setItem("datahub-token", text), token);
await page.goto(url);
await page.getByRole("button", { name: /execute query/i }).click({ timeout: 30_000 });
await page.locator(".result-window").getByText("data").first().waitFor({ timeout: 30_000 });
await page.locator(".result-window [class^=mtk]").first().waitFor(); // coloured
await page.screenshot({ path: picture });
console.log(await page.locator(".result-window").innerText());
await browser.close();
for (const trouble of troubles) console.error(trouble);
process.exit(troubles.length ? 1 : 0);

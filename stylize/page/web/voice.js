// What is said on a button, over the page, to screen readers; and what Gradio's own parts lack for them. page.js gives its tools.
const stylizeVoice = ({$, words, valueOf}) => {
  const all = selector => document.querySelectorAll(selector), root = document.documentElement;
  function aloud(text, where = "#said") {
    if ($(where) && !root.matches(".restoring")) $(where).textContent = text;
  }
  function flash(button, text) {
    for (const other of all("[data-flash]")) delete other.dataset.flash;
    button.dataset.flash = text;
    aloud(text);
    setTimeout(() => delete button.dataset.flash, 2000);
  }
  function notice(text, id) {  // of the browser's own, in the place of the server's; or one that stays, with an id
    for (const old of all(id ? `#${id}` : "#notice [role=alert]")) old.remove();
    if (!text) return;
    const alert = Object.assign(document.createElement("div"), {id, role: "alert", innerHTML: "<span></span>"});
    alert.firstChild.textContent = text;
    if (!id) alert.insertAdjacentHTML("beforeend", `<button class="x" aria-label="${words().close}">&times;</button>`);
    $(id ? ".gradio-container" : "#notice").append(alert);
  }
  function mend() {
    const {aria = {}, handle, film, making, restoring, language, close, dice, unpainted, views} = words(), api = $(".api-docs");
    const main = $("main.contain"), closing = api?.querySelector(".banner-wrap button:not([id])");
    closing?.setAttribute("aria-label", close);
    if (main && main.inert !== !!closing) {  // Gradio's dialog leaves the keyboard behind it
      main.inert = !!closing;
      (closing || $("#foot [data-press$=show-api]")).focus();
    }
    if (language) root.lang = language;
    root.style.setProperty("--making", JSON.stringify(making || ""));
    if ($("#viewer")) $("#viewer").dataset.restoring = restoring;
    $("#before input")?.setAttribute("aria-label", handle);
    $("#dice")?.setAttribute("aria-label", dice);
    $("#tabs [role=tablist]")?.setAttribute("aria-label", views);
    $("#place")?.setAttribute("aria-hidden", "true");  // the status says it in words
    for (const field of all(".factor label > input")) field.min = 0;  // for the arrow keys
    for (const radio of all("fieldset.block input[type=radio]"))  // one Tab stop each, and arrow keys inside it
      if (radio.name !== radio.closest("fieldset").id) radio.name = radio.closest("fieldset").id;
    speak();
    for (const card of all("#grid .cards button")) card.ariaDescription = card.querySelector("img") ? "" : unpainted;
    for (const region of all(".sr-only[aria-live]")) region.ariaLive = "off";  // Gradio's, in its own words
    for (const info of all(".info-text:not([id])")) {
      const part = info.closest(".factor") || info.closest(".block");
      info.id = `about-${(part.querySelector("[id]:not(.info-text)") || part.closest("[id]")).id}`;
      for (const input of part.querySelectorAll("input")) input.setAttribute("aria-describedby", info.id);
    }
    for (const button of all("#painting button"))  // it does nothing here
      Object.assign(button, {tabIndex: -1, role: "img", ariaLabel: button.querySelector("img")?.alt || ""});
    for (const empty of all(".empty[aria-label]")) Object.assign(empty, {role: "img"}).dataset.hint = film;
    for (const input of all("input[type=file]"))
      input.ariaLabel ||= (input.closest(".block") || input.parentElement).innerText.split("\n")[0];
    for (const [english, other] of Object.entries(aria)) for (const name of ["aria-label", "title"])
      for (const part of all(`[${name}^="${english}"]`)) {
        const slot = part.closest(".slot")?.querySelector(":scope > label")?.textContent.trim();
        part.dataset.en = english;
        part.setAttribute(name, (slot ? `${slot}: ` : "") + part.getAttribute(name).replace(english, other));
      }
  }
  function worded(at = valueOf("strength")) {  // the strength, with the word beside it
    const far = stop => Math.abs(stop.dataset.strength - at), stops = [...all("#stops [data-strength]")];
    const stop = stops.reduce((best, one) => far(one) < far(best) ? one : best, stops[0]);
    return `${stop?.textContent}, ${(+at).toLocaleString(root.lang)}`;
  }
  function speak() {  // what screen readers say of sliders: words and values, not places
    const strength = $("#strength [type=range]");
    if (strength) strength.setAttribute("aria-valuetext", worded(strength.value));
    for (const slider of all("[id$=_factor] [type=range]"))
      slider.setAttribute("aria-valuetext", valueOf(slider.closest("[id$=_factor]").id.replace("_factor", "")));
  }
  return {aloud, flash, notice, mend, speak, worded};
};

// The form of the submit page: checks what a browser can check and writes the manifest as YAML.
"use strict";

(() => {
  const form = document.getElementById("manifest");
  const written = document.getElementById("written");
  const fields = [...form.querySelectorAll("[data-kind]")];

  // A JSON string is a YAML string as well; what is no character of its own is refused by the validator.
  const quote = (text) => JSON.stringify(text);

  // YAML 1.1 takes a number with an exponent for text unless it has a point and the exponent a sign.
  const writeExponent = (text) => {
    const [digits, exponent] = text.toLowerCase().split("e");
    return `${digits.includes(".") ? digits : `${digits}.0`}e${/^[+-]/.test(exponent) ? "" : "+"}${exponent}`;
  };

  const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

  const checks = {
    line: (field, value) => (field.pattern && !new RegExp(`^(?:${field.pattern})$`, "u").test(value) ? "does not look like that" : ""),
    paragraph: () => "",
    choice: () => "",
    lines: (field, value) =>
      lines(value).some((line) => [...line].length > Number(field.dataset.limit)) ? `has a line of more than ${field.dataset.limit} characters` : "",
    number: (_field, value) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value) ? "" : "is no number"),
    whole: (_field, value) => (/^\d{1,15}$/.test(value) ? "" : "is no whole number"),
  };

  const writers = {
    line: quote,
    paragraph: quote,
    choice: quote,
    lines: (value) => lines(value).map((line) => `\n  - ${quote(line)}`).join(""),
    number: (value) => {
      const plain = value.replace(/^\+/, "").replace(/^(-?)\./, "$10.");
      if (/e/i.test(plain)) return writeExponent(plain);
      return plain.includes(".") ? plain : `${plain}.0`;
    },
    whole: (value) => String(Number(value)),
  };

  const findFault = (field) => {
    const value = field.value.trim();
    if (!value) return field.required ? "is missing" : "";
    return checks[field.dataset.kind](field, value);
  };

  const tell = (id, fault) => {
    document.getElementById(`${id}-fault`).textContent = fault && `${id} ${fault}`;
    const input = document.getElementById(id);
    if (fault) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };

  const training = () => {
    const kind = form.elements.training.value;
    if (kind === "none") return " {}";
    if (kind !== "datasets") return ` ${kind}`;
    const uses = new Map();
    for (const tick of form.querySelectorAll("[name=use]:checked")) {
      const [name, use] = tick.value.split(" ");
      uses.set(name, [...(uses.get(name) ?? []), use]);
    }
    return [...uses].map(([name, own]) => `\n  ${name}: [${own.join(", ")}]`).join("");
  };

  const writeKey = (field) => {
    if (field.id === "training_data") return `training_data:${training()}`;
    if (field.type === "checkbox") return field.checked ? `${field.id}: true` : "";
    const value = field.value.trim();
    if (!value || (field.dataset.kind === "choice" && value === field.options[0].value)) return "";
    const text = writers[field.dataset.kind](value);
    return `${field.id}:${text.startsWith("\n") ? "" : " "}${text}`;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const faults = new Map(fields.filter((f) => f.type !== "checkbox").map((field) => [field.id, findFault(field)]));
    const nothingTicked = form.elements.training.value === "datasets" && !form.querySelector("[name=use]:checked");
    faults.set("training_data", nothingTicked ? "names no dataset; tick how each was used" : "");
    for (const [id, fault] of faults) tell(id, fault);
    const first = [...form.querySelectorAll("[id]")].find((element) => faults.get(element.id));
    written.hidden = Boolean(first);
    if (first) {
      (first.matches("fieldset") ? first.querySelector("input") : first).focus();
      return;
    }
    const keys = [...form.querySelectorAll("[data-kind], #training_data")];
    const text = `${keys.map(writeKey).filter(Boolean).join("\n")}\n`;
    const name = `${form.elements.name.value.trim()}.yaml`;
    document.getElementById("written-name").textContent = `submissions/${name}`;
    document.getElementById("written-text").textContent = text;
    const file = document.getElementById("written-file");
    file.href = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
    file.download = name;
    document.getElementById("written-copied").textContent = "";
    document.getElementById("written-title").focus();
  });

  form.addEventListener("change", (event) => {
    if (event.target.name === "use") form.elements.training.value = "datasets";
    if (event.target.matches("[data-kind]") && event.target.type !== "checkbox") tell(event.target.id, findFault(event.target));
  });

  document.getElementById("written-copy").addEventListener("click", async () => {
    const said = document.getElementById("written-copied");
    try {
      await navigator.clipboard.writeText(document.getElementById("written-text").textContent);
      said.textContent = "Copied.";
    } catch {
      said.textContent = "The browser does not let this page copy; select the text instead.";
    }
  });

  for (const actions of form.querySelectorAll(".actions")) actions.hidden = false;
  document.getElementById("needs-script").hidden = true;
})();

"""The board as a Gradio app, for a Hugging Face Space; Gradio itself is known to `app` alone."""

"""What the web page is made of: words, HTML, and what each action does. Knows nothing of Gradio."""

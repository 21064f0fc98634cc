"""The report as blocks: composed once from a result, written as PDF or DOCX by its renderers."""

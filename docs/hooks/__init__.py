"""What happens to pages while they become HTML? Hooks of mkdocs; the package itself needs none of them."""
